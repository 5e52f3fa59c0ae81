import { encodePortable } from '../../base/codec.ts'
import type { Environment } from '../../base/environment.ts'
import type { Operation, OperationStatus } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import { conflictEntry, type RecordEntry } from '../entries.ts'
import {
  backupKey,
  backupPartKey,
  conflictPrefix,
  deadPrefix,
  doneKey,
  logKey,
  metaKey,
  operationsPrefix,
  recordAddressOf,
  recordKey,
  type RecordAddress,
} from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { needsRecovery, toOwned } from '../recovery/owner.ts'
import { serverSide } from '../server-side.ts'
import { readRecords } from '../staging/read-records.ts'
import { localSeqIn, operationsOf } from '../stored.ts'
import { backupEntry, partEntry, type BackupPart, type BackupPlace, type StoredBackup } from './entry.ts'

/** Entries that one commit copies. */
const portion = 50

export interface BackupContext {
  readonly store: Store
  readonly schema: Schema
  readonly scope: string
  readonly environment: Environment
}

/**
 * Copies what the recovery under way could cost, before it changes anything: one backup for each recovery, by bounded
 * commits, whichever tab comes. After a crash it goes on. What the app writes meanwhile need not be among it: it is in
 * the queue.
 */
export const backUp = async (context: BackupContext): Promise<void> => {
  const id = await begin(context)
  if (id === undefined) return
  while (await copySome(context, id));
}

const begin = ({ store, schema, scope, environment }: BackupContext): Promise<string | undefined> =>
  store.update(async (workspace) => {
    const [meta, log] = await workspace.read([{ get: metaKey }, { get: logKey(scope) }])
    const head = logHead(workspace, scope)
    if (head.backup !== undefined) return head.backup
    if (!needsRecovery(toOwned(meta, log))) return undefined
    const id = environment.newId()
    const reason = head.resetting ?? 'client_forked'
    const at = environment.clock.now()
    const { decidedTo } = head
    const empty = { id, scope, reason, at, schemaVersion: schema.version, size: 0, parts: 0, decidedTo }
    workspace.put(backupKey(id), backupEntry.encode({ ...empty, place: 'op', after: undefined }))
    putLogHead(workspace, scope, { ...head, backup: id })
    return id
  })

/** False once all is copied, or the app has removed it. */
const copySome = async (context: BackupContext, id: string): Promise<boolean> => {
  const { store } = context
  const stored = await store.get(backupKey(id))
  if (stored === undefined) return false
  const backup = backupEntry.decode(stored.value)
  if (backup.place === undefined) return false
  const { part, next } = await readPortion(context, backup, backup.place)
  return await store.update(async (workspace) => {
    const [now] = await workspace.read([{ get: backupKey(id) }])
    // Another tab has copied the same.
    if (now?.revision !== stored.revision) return true
    const isEmpty = part.operations.length + part.conflicts.length === 0
    const parts = backup.parts + (isEmpty ? 0 : 1)
    if (!isEmpty) workspace.put(backupPartKey(id, backup.parts), partEntry.encode(part))
    // Nothing was worth keeping.
    if (next.place === undefined && parts === 0) workspace.remove(backupKey(id))
    else {
      const size = backup.size + part.operations.length
      workspace.put(backupKey(id), backupEntry.encode({ ...backup, ...next, size, parts }))
    }
    return true
  })
}

const places = {
  op: [operationsPrefix, 'dead'],
  dead: [deadPrefix, 'conflict'],
  conflict: [conflictPrefix, undefined],
} as const

const isUnapplied: ReadonlySet<OperationStatus> = new Set(['PENDING', 'SENT', 'CONFLICT', 'REJECTED'])

const readPortion = async (
  { store, schema, scope }: BackupContext,
  { after, reason }: StoredBackup,
  place: BackupPlace,
): Promise<{ readonly part: BackupPart; readonly next: Pick<StoredBackup, 'place' | 'after'> }> => {
  const [prefixOf, following] = places[place]
  const [entries] = await store.read([{ scan: prefixOf(scope), after, limit: portion }])
  const isLast = entries.length < portion
  const next = isLast ? { place: following, after: undefined } : { place, after: entries.at(-1)?.key }
  const conflicts = place === 'conflict' ? entries : []
  const operations = place === 'conflict' ? [] : await operationsIn(store, scope, place, entries)
  const kept = operations.filter(({ status }) => place === 'dead' || isUnapplied.has(status))
  const addresses: readonly RecordAddress[] = [
    ...kept,
    ...conflicts.flatMap(({ key }) => recordAddressOf(key) ?? []),
  ]
  const unique = [...new Map(addresses.map((address) => [recordKey(address), address])).values()]
  // Its user may no longer read them.
  const records = reason === 'revoked' ? [] : await readRecords(store, schema, scope, unique)
  return {
    part: {
      operations: kept,
      conflicts: conflicts.flatMap((entry, index) => toKept(entry, records[index])),
      records: records.map(({ shown }, index) => ({
        collection: unique[index]?.collection ?? '',
        recordId: unique[index]?.recordId ?? '',
        shown: shown === undefined ? null : encodePortable(shown),
      })),
    },
    next,
  }
}

const operationsIn = async (
  store: Store,
  scope: string,
  place: BackupPlace,
  entries: readonly Entry[],
): Promise<readonly Operation[]> => {
  if (place === 'op') return operationsOf(entries)
  const keys = entries.map((entry) => ({ get: doneKey(scope, localSeqIn(deadPrefix(scope), entry)) }))
  return operationsOf(await store.read(keys))
}

const toKept = ({ key, value }: Entry, record: RecordEntry | undefined): BackupPart['conflicts'] => {
  const address = recordAddressOf(key)
  const conflict = conflictEntry.decode(value)
  const { fields, updatedBy, updatedAt } = conflict
  if (address === undefined || fields.length === 0) return []
  const { collection, recordId } = address
  const data = record && serverSide(conflict, record.base).data
  const theirs = data === undefined ? null : encodePortable(data)
  return [{ collection, recordId, fields, theirs, updatedBy, updatedAt }]
}
