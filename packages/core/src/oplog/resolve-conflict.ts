import { encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { applyChange, changedFields } from '../model/change.ts'
import type { Operation } from '../model/operation.ts'
import { deletedField, type BaseRow, type Patch, type RecordData } from '../model/record.ts'
import { replay, type ReplayedChange } from '../model/replay.ts'
import { collectionOf, type Schema } from '../model/schema.ts'
import { validatePatch } from '../model/validate.ts'
import { maxPayload } from '../protocol/parts.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { append, emptyPayload, type EnqueueContext } from './enqueue.ts'
import { conflictEntry, operationEntry, type ConflictEntry } from './entries.ts'
import { parseConflictId } from './conflict-id.ts'
import { conflictKey, logKey, operationPrefix, recordKey, type RecordAddress } from './keys.ts'
import { logHead, putDone, putLogHead } from './log.ts'
import { rebase, toReplayed } from './rebase.ts'
import { recordIn } from './records.ts'
import { foldRecords } from './staging/fold.ts'

/** A person's answer: this device's values, the server's, or others for disputed fields. */
export type ConflictAnswer = 'mine' | 'theirs' | { readonly patch: Readonly<Record<string, unknown>> }

export interface ResolveContext extends EnqueueContext {
  readonly store: Store
  readonly schema: Schema
}

/**
 * Ends a conflict: one operation carries the answer and all undisputed changes of the operations that waited,
 * which it supersedes. It names the version that was shown with the conflict's id, so that the server disputes
 * whatever is newer. Undefined where nothing had to be changed. May exceed the queue's limit, so that a full queue
 * can be worked off.
 * @throws SyncError NOT_FOUND (no such open conflict), INVALID (the patch does not fit), TOO_LARGE,
 * STORAGE_CONFLICT (the server's side is not on this device yet)
 */
export const resolveConflict = async (
  { store, schema, ...context }: ResolveContext,
  conflictId: string,
  answer: ConflictAnswer,
): Promise<Operation | undefined> => {
  const shown = parseConflictId(conflictId)
  if (shown === undefined) throw noSuchConflict(conflictId)
  const { address } = shown
  const definition = collectionOf(schema, address.collection)
  const choice = typeof answer === 'object' ? validatePatch(definition, answer.patch) : answer

  return store.update(async (workspace) => {
    await workspace.read([
      { get: logKey(address.scope) },
      { get: conflictKey(address) },
      { get: recordKey(address) },
    ])
    const stored = workspace.value(conflictKey(address))
    if (stored === undefined) throw noSuchConflict(conflictId)
    const conflict = conflictEntry.decode(stored)
    await foldRecords(workspace, schema, [address])
    const { base } = recordIn(workspace, address)
    checkSeen(conflict, base, conflictId)

    const onRecord = await readOnRecord(workspace, address)
    const waiting = onRecord.filter(({ status }) => status === 'CONFLICT')
    const mine = replay(
      definition,
      base,
      waiting.map((operation) => withoutNewer(toReplayed(workspace, operation), operation, onRecord)),
    )
    const change = toChange({ base, mine }, conflict.fields, choice)
    // Together with the server's record the patch must make a record that the schema takes.
    if (change !== undefined && typeof choice === 'object') {
      applyChange(definition, base?.data, { ...change, recordId: address.recordId })
    }
    if (change !== undefined) checkCarried(change)
    const baseVersion = Math.min(shown.version, base?.version ?? 0)
    const carrier = change && append(workspace, { ...address, ...change, baseVersion, base }, context)
    for (const operation of waiting) {
      putDone(workspace, {
        ...operation,
        status: 'SUPERSEDED',
        fate: { kind: 'superseded', by: carrier?.id },
      })
    }
    workspace.remove(conflictKey(address))
    const head = logHead(workspace, address.scope)
    putLogHead(workspace, address.scope, { ...head, conflicts: head.conflicts - 1 })
    await rebase(workspace, schema, {
      scope: address.scope,
      changes: [],
      touched: [address],
      appended: carrier,
    })
    return carrier
  })
}

const checkSeen = (conflict: ConflictEntry, base: BaseRow | undefined, conflictId: string): void => {
  if ((base?.version ?? 0) >= conflict.serverVersion) return
  const message = "The server's side is not on this device yet; answer again after the next sync."
  throw new SyncError('STORAGE_CONFLICT', message, { key: conflictId })
}

/** All operations that lie on the record, oldest first. */
const readOnRecord = async (workspace: Workspace, address: RecordAddress): Promise<readonly Operation[]> => {
  const [entries] = await workspace.read([{ scan: operationPrefix(address) }])
  return entries.map(({ value }) => operationEntry.decode(value))
}

/** What this device wrote later, and what stands or will be judged by itself, is not brought back to an older value. */
const withoutNewer = (
  change: ReplayedChange,
  operation: Operation,
  onRecord: readonly Operation[],
): ReplayedChange => {
  const newer = onRecord.filter(
    ({ status, localSeq }) => status !== 'CONFLICT' && localSeq > operation.localSeq,
  )
  return { ...change, without: [...(change.without ?? []), ...newer.flatMap(standing)] }
}

/** What of it takes effect, as far as this device knows. */
const standing = ({ fields, fate }: Operation): readonly string[] => {
  if (fate.kind === 'rejected') return []
  return fate.kind === 'applied' ? fields.filter((field) => !fate.lost.includes(field)) : fields
}

const checkCarried = ({ payload }: CarriedChange): void => {
  if (payload.length <= maxPayload) return
  const message = `The answer has ${payload.length} characters; the most is ${maxPayload}. Shorten a field by a patch.`
  throw new SyncError('TOO_LARGE', message, { what: 'payload', limit: maxPayload, actual: payload.length })
}

interface Sides {
  /** The server's record as it was seen. */
  readonly base: BaseRow | undefined
  /** With the waiting operations on top. */
  readonly mine: RecordData | undefined
}

interface CarriedChange {
  readonly type: string
  readonly payload: string
  readonly fields: readonly string[]
}

/** The one change that turns the server's record into the answer; undefined where it is that already. */
const toChange = (
  { base, mine }: Sides,
  disputed: readonly string[],
  choice: 'mine' | 'theirs' | Patch,
): CarriedChange | undefined => {
  const isLive = base !== undefined && !base.deleted
  if (mine === undefined && choice === 'mine') {
    return isLive ? { type: 'delete', payload: emptyPayload, fields: [deletedField] } : undefined
  }
  if (choice === 'theirs' && !isLive) return undefined

  const server = base?.data ?? {}
  const wanted = mine === undefined ? server : mine
  const undisputed = changedFields(server, wanted).filter(
    (field) => choice === 'mine' || !disputed.includes(field),
  )
  const patch: Patch = { ...pick(wanted, undisputed), ...(typeof choice === 'object' ? choice : {}) }
  const removed = undisputed.filter((field) => !Object.hasOwn(patch, field))
  const after = without({ ...server, ...patch }, removed)
  const whole = { type: 'create', payload: encodePortable(after) }
  if (!isLive) return { ...whole, fields: [deletedField, ...Object.keys(after)].sort() }
  const fields = changedFields(server, after)
  // Only a whole record can say that it has a field no longer.
  if (removed.length > 0) return { ...whole, fields }
  return fields.length === 0
    ? undefined
    : { type: 'update', payload: encodePortable(pick(patch, fields)), fields }
}

const pick = (data: RecordData, fields: readonly string[]): Patch =>
  Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)))

const without = (data: RecordData, fields: readonly string[]): RecordData =>
  Object.fromEntries(Object.entries(data).filter(([field]) => !fields.includes(field)))

const noSuchConflict = (conflictId: string): SyncError =>
  new SyncError('NOT_FOUND', 'There is no such open conflict; it may be resolved already.', {
    collection: 'conflicts',
    recordId: conflictId,
  })
