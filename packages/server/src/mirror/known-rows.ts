import type { ServerRow } from '@holdfast/core/protocol'
import type { AppRow, AppRows } from '../store/app-rows.ts'
import type { ReadTransaction, RecordAddress } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import type { Compared } from './compare.ts'
import type { MirroredCollection } from './fields.ts'

/** A record and its row, as the transaction has them. */
export interface Found extends Compared {
  readonly collection: MirroredCollection
  readonly id: string
}

/** Records of a scope with their rows, each read and locked once. */
export interface KnownRows {
  /** What of these records is mirrored, and not held. */
  readonly load: (keys: readonly RecordAddress[]) => Promise<readonly Found[]>
  readonly find: (key: RecordAddress) => Found | undefined
  /** What they are from now on. */
  readonly note: (record: ServerRow, row: AppRow | undefined) => void
  /** The row as it is, or as it was before an open transaction of somebody else. */
  readonly rowOf: (key: RecordAddress) => AppRow | undefined
  /** True for records whose row an open transaction of somebody else has. */
  readonly isHeld: (key: RecordAddress) => boolean
}

interface KnownRowsOptions {
  readonly collections: ReadonlyMap<string, MirroredCollection>
  readonly tx: Pick<ReadTransaction, 'records'>
  readonly app: Pick<AppRows, 'read' | 'settled'>
  readonly scope: string
}

export const createKnownRows = ({ collections, tx, app, scope }: KnownRowsOptions): KnownRows => {
  const known = new Map<string, Found>()
  const held = new Map<string, AppRow>()

  /** Of those that have no row: which never had one. */
  const noteRowless = async (keys: readonly RecordAddress[]): Promise<void> => {
    const without = keys.flatMap((key) => known.get(recordKey(key)) ?? []).filter(isWithoutRow)
    if (without.length === 0) return
    const had = new Set((await app.settled(without.map(addressOf))).map(recordKey))
    for (const one of without) known.set(keyOf(one), { ...one, isRowless: !had.has(keyOf(one)) })
  }

  const read = async (keys: readonly RecordAddress[]): Promise<void> => {
    const found = await app.read(keys)
    for (const row of found.held) held.set(recordKey(row), row)
    const rows = byKey(found.rows)
    const records = byKey(await tx.records(keys))
    for (const key of keys) {
      const name = recordKey(key)
      const collection = collections.get(key.collection)
      if (collection === undefined || held.has(name)) continue
      known.set(name, { collection, id: key.id, scope, record: records.get(name), row: rows.get(name) })
    }
    await noteRowless(keys)
  }

  return {
    async load(keys) {
      const missing = keys.filter((key) => collections.has(key.collection) && !known.has(recordKey(key)))
      if (missing.length > 0) await read(missing)
      return keys.flatMap((key) => known.get(recordKey(key)) ?? [])
    },
    find: (key) => known.get(recordKey(key)),
    note(record, row) {
      const before = known.get(recordKey(record))
      if (before !== undefined) known.set(recordKey(record), { ...before, record, row, isRowless: false })
    },
    rowOf: (key) => known.get(recordKey(key))?.row ?? held.get(recordKey(key)),
    isHeld: (key) => held.has(recordKey(key)),
  }
}

export const addressOf = ({ collection, id }: Found): RecordAddress => ({ collection: collection.name, id })

export const keyOf = (found: Found): string => recordKey(addressOf(found))

const isWithoutRow = ({ record, row }: Found): boolean =>
  row === undefined && record !== undefined && !record.deleted

export const byKey = <TRow extends RecordAddress>(rows: readonly TRow[]): ReadonlyMap<string, TRow> =>
  new Map(rows.map((row) => [recordKey(row), row]))
