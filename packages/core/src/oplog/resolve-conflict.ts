import { encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { applyChange, changedFields } from '../model/change.ts'
import type { Operation } from '../model/operation.ts'
import { deletedField, type BaseRow, type Patch, type RecordData } from '../model/record.ts'
import { replay } from '../model/replay.ts'
import { collectionOf, type Schema } from '../model/schema.ts'
import { validatePatch } from '../model/validate.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { append, emptyPayload, type EnqueueContext } from './enqueue.ts'
import { conflictEntry, noRecord, operationEntry, recordEntry, type ConflictEntry } from './entries.ts'
import { conflictKey, logKey, operationKey, recordAddressOf, recordKey, type RecordAddress } from './keys.ts'
import { logHead, putDone, putLogHead } from './log.ts'
import { rebase, toReplayed } from './rebase.ts'

/** A person's answer: this device's values, the server's, or others for disputed fields. */
export type ConflictAnswer = 'mine' | 'theirs' | { readonly patch: Readonly<Record<string, unknown>> }

export interface ResolveContext extends EnqueueContext {
  readonly store: Store
  readonly schema: Schema
}

/**
 * Ends a conflict: one operation on the version that was seen carries the answer and all undisputed changes
 * of the operations that waited, which it supersedes. Undefined where nothing had to be changed. May exceed
 * the queue's limit, so that a full queue can be worked off.
 * @throws SyncError NOT_FOUND (no such open conflict), INVALID (the patch does not fit)
 */
export const resolveConflict = async (
  { store, schema, ...context }: ResolveContext,
  conflictId: string,
  answer: ConflictAnswer,
): Promise<Operation | undefined> => {
  const address = recordAddressOf(conflictId)
  if (address === undefined) throw noSuchConflict(conflictId)
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
    const { base } = recordEntry.decode(workspace.value(recordKey(address)) ?? recordEntry.encode(noRecord))
    checkSeen(conflict, base, conflictId)

    const waiting = await readWaiting(workspace, address, conflict)
    const mine = replay(
      definition,
      base,
      waiting.map((operation) => toReplayed(workspace, operation)),
    )
    const change = toChange({ base, mine }, conflict.fields, choice)
    // Together with the server's record the patch must make a record that the schema takes.
    if (change !== undefined && typeof choice === 'object') {
      applyChange(definition, base?.data, { ...change, recordId: address.recordId })
    }
    const baseVersion = base?.version ?? 0
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

const readWaiting = async (
  workspace: Workspace,
  address: RecordAddress,
  conflict: ConflictEntry,
): Promise<readonly Operation[]> => {
  const keys = conflict.operations.map(({ localSeq }) => operationKey({ ...address, localSeq }))
  await workspace.read(keys.map((key) => ({ get: key })))
  return keys.flatMap((key) => {
    const value = workspace.value(key)
    return value === undefined ? [] : [operationEntry.decode(value)]
  })
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
export const toChange = (
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
  const after = { ...server, ...patch }
  if (!isLive)
    return {
      type: 'create',
      payload: encodePortable(after),
      fields: [deletedField, ...Object.keys(after)].sort(),
    }
  const fields = changedFields(server, after)
  return fields.length === 0
    ? undefined
    : { type: 'update', payload: encodePortable(pick(patch, fields)), fields }
}

const pick = (data: RecordData, fields: readonly string[]): Patch =>
  Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)))

const noSuchConflict = (conflictId: string): SyncError =>
  new SyncError('NOT_FOUND', 'There is no such open conflict; it may be resolved already.', {
    collection: 'conflicts',
    recordId: conflictId,
  })
