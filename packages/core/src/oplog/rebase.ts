import { SyncError } from '../base/errors.ts'
import { ownMember, pickMembers } from '../base/objects.ts'
import type { Operation } from '../model/operation.ts'
import type { BaseRow, RecordData } from '../model/record.ts'
import { replay, type ReplayedChange } from '../model/replay.ts'
import type { Schema } from '../model/schema.ts'
import type { Change } from '../protocol/pull.ts'
import type { Workspace } from '../storage/workspace.ts'
import { conflictEntry, decodeData, noRecord, operationEntry, type RecordEntry } from './entries.ts'
import { conflictKey, operationPrefix, recordKey, type RecordAddress } from './keys.ts'
import { putRecord, recordIn, recordReads } from './records.ts'
import { takeStaged } from './staging/take-staged.ts'
import { addTouched } from './touched.ts'

/** What a swap changes: rows of the server, and records that operations leave. */
export interface Rebase {
  readonly scope: string
  readonly changes: readonly Change[]
  readonly touched: readonly RecordAddress[]
  /** Put on their records in this same step. */
  readonly appended?: readonly Operation[] | undefined
}

/** Gives records their new base and computes what the app sees of them: O(records and their operations). */
export const rebase = async (workspace: Workspace, schema: Schema, step: Rebase): Promise<void> => {
  const { scope, changes, touched, appended = [] } = step
  const addresses = new Map<string, RecordAddress>()
  for (const change of changes) {
    const address = { scope, collection: change.collection, recordId: change.id }
    addresses.set(recordKey(address), address)
  }
  for (const address of touched) addresses.set(recordKey(address), address)
  await workspace.read(recordReads(addresses.values()))

  const entries = new Map<string, RecordEntry>()
  const staged = await takeStaged(workspace, scope, [...addresses.values()])
  for (const [key, address] of addresses) {
    const entry = recordIn(workspace, address)
    entries.set(key, staged.has(key) ? { ...entry, base: staged.get(key) } : entry)
  }
  for (const change of changes) {
    const key = recordKey({ scope, collection: change.collection, recordId: change.id })
    const entry = entries.get(key) ?? noRecord
    entries.set(key, { ...entry, base: nextBase(entry.base, change) })
  }
  const overlaid = [...addresses].filter(([key]) => (entries.get(key)?.overlay ?? 0) > 0)
  const operations = await readOverlays(workspace, overlaid)
  for (const [key, address] of addresses) {
    const { base } = entries.get(key) ?? noRecord
    const onRecord = operations.get(key) ?? []
    const added = appended.filter((operation) => recordKey(operation) === key)
    const overlay = added.length === 0 ? onRecord : [...onRecord, ...added].sort(byAge)
    const changes = overlay.map((operation) => toReplayed(workspace, operation))
    const shown = show(schema, address.collection, { base, changes })
    const touched = overlay.reduce(addTouched, {})
    putRecord(workspace, address, { base, overlay: overlay.length, touched, shown })
  }
}

const byAge = (left: Operation, right: Operation): number => left.localSeq - right.localSeq

export interface Layers {
  readonly base: BaseRow | undefined
  readonly changes: readonly ReplayedChange[]
}

/** A collection that this version of the app does not have shows what the server has. */
export const show = (
  schema: Schema,
  collection: string,
  { base, changes }: Layers,
): RecordData | undefined => {
  const definition = ownMember(schema.collections, collection)
  if (definition !== undefined && changes.length > 0) return replay(definition, base, changes)
  return base === undefined || base.deleted ? undefined : base.data
}

/** An operation as it is replayed: one that waits in a conflict leaves alone what was overwritten since. */
export const toReplayed = (workspace: Workspace, operation: Operation): ReplayedChange =>
  withoutOverwritten(operation, workspace.value(conflictKey(operation)))

/** @param conflict the record's open conflict, as it is stored */
export const withoutOverwritten = (operation: Operation, conflict: string | undefined): ReplayedChange => {
  if (operation.status !== 'CONFLICT' || conflict === undefined) return operation
  const overwritten = Object.entries(conflictEntry.decode(conflict).overwritten)
  const newer = overwritten.filter(([, localSeq]) => localSeq > operation.localSeq)
  return { ...operation, without: newer.map(([field]) => field) }
}

/** The operations that still lie on each record, oldest first, as this step leaves them. */
const readOverlays = async (
  workspace: Workspace,
  records: readonly (readonly [string, RecordAddress])[],
): Promise<ReadonlyMap<string, readonly Operation[]>> => {
  const scans = await workspace.read(records.map(([, address]) => ({ scan: operationPrefix(address) })))
  await workspace.read(records.map(([, address]) => ({ get: conflictKey(address) })))
  return new Map(
    records.map(([key], index) => {
      const stored = (scans[index] ?? []).flatMap((entry) => {
        const value = workspace.value(entry.key)
        return value === undefined ? [] : [operationEntry.decode(value)]
      })
      return [key, stored]
    }),
  )
}

/** The row after a change. @throws SyncError BAD_ANSWER for some fields of a record that nobody knows */
export const nextBase = (base: BaseRow | undefined, change: Change): BaseRow => {
  const { version, seq, updatedAt, updatedBy, schemaVersion } = change
  const head = { version, seq, updatedAt, updatedBy, ...(schemaVersion && { schemaVersion }) }
  switch (change.kind) {
    case 'record':
      return { ...head, deleted: false, data: decodeData(change.data) }
    case 'fields': {
      if (base === undefined) {
        throw new SyncError(
          'BAD_ANSWER',
          `The server sent some fields of the unknown record "${change.id}".`,
          {
            reason: 'fields without a record',
          },
        )
      }
      const data = pickMembers(
        { ...base.data, ...decodeData(change.data) },
        (field) => !change.removed.includes(field),
      )
      return { ...head, deleted: false, data }
    }
    case 'deleted':
      return {
        ...head,
        deleted: true,
        ...(change.moved === true ? { moved: true as const } : {}),
        data: base?.data ?? { id: change.id },
        ...(base === undefined ? {} : { dataVersion: base.dataVersion ?? base.version }),
        ...(base?.schemaVersion && { schemaVersion: base.schemaVersion }),
      }
  }
}
