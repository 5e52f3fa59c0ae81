import { changedFields, isNewerVersion, type ServerRow } from '@holdfast/core/protocol'
import type { ServerHookRunner } from '../plugin/kernel.ts'
import type { Changes, ReadTransaction, ServerStore, WriteTransaction } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import { inheritedVersions } from './inherited-versions.ts'

interface Versions<TDatabase> {
  readonly schemaVersion: string
  readonly hooks: Pick<ServerHookRunner<TDatabase>, 'has' | 'waterfall'>
}

/** Of a row whose version is not known: it was written before there were migrations. */
const unknownVersion = '0.0.0'

/** What a transaction knows of the rows that it read. */
interface Known {
  readonly schemaVersion: string
  /** Fields that a migration changed, which the row in the database does not say. */
  readonly changed: readonly string[]
}

/**
 * Brings each row up to the schema when it is read, and keeps with each row that is written which version it has; a
 * newer version's row keeps that one. All procedures read and save through this.
 */
export const versionedStore = <TDatabase>(
  store: ServerStore<TDatabase>,
  versions: Versions<TDatabase>,
): ServerStore<TDatabase> => ({
  ...store,
  write: (scope, run) => store.write(scope, (tx) => run(writing(tx, versions, new Map()))),
  writeBoth: (scopes, run) =>
    store.writeBoth(scopes, (first, second) => {
      // A record that moves is read in one and saved in the other.
      const known = new Map<string, Known>()
      return run(writing(first, versions, known), writing(second, versions, known))
    }),
  read: (scope, run) => store.read(scope, (tx) => run(reading(tx, versions, new Map()))),
})

const reading = <TDatabase>(
  tx: ReadTransaction<TDatabase>,
  versions: Versions<TDatabase>,
  known: Map<string, Known>,
): ReadTransaction<TDatabase> => {
  const raise = async (rows: readonly ServerRow[]): Promise<readonly ServerRow[]> => {
    const raised: ServerRow[] = []
    for (const row of rows) raised.push(await raiseRow(row, versions, known))
    return raised
  }
  return {
    ...tx,
    state: tx.state,
    changesAfter: async (seq, limit) => raise(await tx.changesAfter(seq, limit)),
    recordsAfter: async (key, limit) => raise(await tx.recordsAfter(key, limit)),
    records: async (keys) => raise(await tx.records(keys)),
    async versions(keys) {
      const found = await tx.versions(keys)
      // Which field took the place of which shows in the data alone.
      const old = found.filter((row) => isOlder(row, versions))
      if (old.length === 0) return found
      return [...found.filter((row) => !isOlder(row, versions)), ...(await raise(await tx.records(old)))]
    },
  }
}

const writing = <TDatabase>(
  tx: WriteTransaction<TDatabase>,
  versions: Versions<TDatabase>,
  known: Map<string, Known>,
): WriteTransaction<TDatabase> => ({
  ...tx,
  ...reading(tx, versions, known),
  save: (changes: Changes) =>
    tx.save({ ...changes, rows: changes.rows.map((row) => stampRow(row, versions, known)) }),
})

const isOlder = <TDatabase>(
  { schemaVersion = unknownVersion }: Pick<ServerRow, 'schemaVersion'>,
  { schemaVersion: to, hooks }: Versions<TDatabase>,
): boolean => hooks.has('migrateRecord') && isNewerVersion(to, schemaVersion)

const raiseRow = async <TDatabase>(
  row: ServerRow,
  versions: Versions<TDatabase>,
  known: Map<string, Known>,
): Promise<ServerRow> => {
  const { schemaVersion: to, hooks } = versions
  const { collection, schemaVersion } = row
  const key = recordKey(row)
  const from = schemaVersion ?? unknownVersion
  if (!isOlder(row, versions)) {
    // It may be what this transaction has saved.
    if (schemaVersion !== undefined) known.set(key, { schemaVersion, changed: known.get(key)?.changed ?? [] })
    return row
  }
  // There is nothing of it left but that it was deleted.
  if (row.deleted && Object.keys(row.data).length <= 1) return row
  const { record: data } = await hooks.waterfall('migrateRecord', { collection, from, to, record: row.data })
  known.set(key, { schemaVersion: to, changed: changedFields(row.data, data) })
  return { ...row, data, fieldVersions: inheritedVersions(row, data), schemaVersion: to, isRaised: true }
}

const stampRow = <TDatabase>(
  written: ServerRow,
  { schemaVersion: own, hooks }: Versions<TDatabase>,
  known: ReadonlyMap<string, Known>,
): ServerRow => {
  const { isRaised: _, schemaVersion: __, ...row } = written
  const before = known.get(recordKey(row))
  const isNewer = before !== undefined && isNewerVersion(before.schemaVersion, own)
  const schemaVersion = isNewer || !hooks.has('migrateRecord') ? before?.schemaVersion : own
  // Whoever has the record in the old shape hears of all that changed; of its fields nobody changed any, nor has to have seen it.
  const isNews = before !== undefined && before.changed.length > 0
  return {
    ...row,
    ...(isNews ? { bornSeq: row.seq } : {}),
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
  }
}
