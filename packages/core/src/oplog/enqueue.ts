import { encodePortable } from '../base/codec.ts'
import type { Environment } from '../base/environment.ts'
import { SyncError, hasCode } from '../base/errors.ts'
import { applyChange } from '../model/change.ts'
import type { Operation } from '../model/operation.ts'
import type { BaseRow } from '../model/record.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { Workspace } from '../storage/workspace.ts'
import { noRecord, recordEntry, type LogHead, type RecordEntry } from './entries.ts'
import { recordKey, type RecordAddress } from './keys.ts'
import { appendOperation, logHead, putLogHead } from './log.ts'

/** A checked write that waits to be stored. */
export interface Intent extends RecordAddress {
  readonly definition: AnyCollection
  readonly type: string
  /** Already in the portable codec. */
  readonly payload: string
}

export interface EnqueueContext {
  readonly environment: Environment
  readonly schemaVersion: string
  /** Writes are refused once so many operations are undecided. */
  readonly maxOps: number
}

/**
 * Turns one write into an operation and the record's new shown value, in the workspace. The record's entry
 * and the log's head must have been read.
 * @throws SyncError NOT_FOUND, INVALID, QUEUE_FULL; then the workspace is as it was
 */
export const enqueue = (workspace: Workspace, intent: Intent, context: EnqueueContext): Operation => {
  checkRoom(logHead(workspace, intent.scope), context.maxOps)
  const stored = workspace.value(recordKey(intent))
  const record = stored === undefined ? noRecord : recordEntry.decode(stored)
  const shown = shownAfter(record, intent)
  const operation = append(workspace, intent, { base: record.base, context })
  workspace.put(recordKey(intent), recordEntry.encode({ base: record.base, overlay: record.overlay + 1, shown }))
  return operation
}

/** Puts a new operation into the log. The record's entry is the caller's. */
export const append = (
  workspace: Workspace,
  intent: Omit<Intent, 'definition'>,
  { base, context }: { readonly base: BaseRow | undefined; readonly context: EnqueueContext },
): Operation => {
  const head = logHead(workspace, intent.scope)
  const operation = toOperation(intent, base, { head, context })
  appendOperation(workspace, operation)
  putLogHead(workspace, intent.scope, {
    ...head,
    nextLocalSeq: head.nextLocalSeq + 1,
    pending: head.pending + 1,
    timestamp: operation.timestamp,
  })
  return operation
}

const checkRoom = ({ pending, sent }: LogHead, limit: number): void => {
  if (pending + sent < limit) return
  throw new SyncError('QUEUE_FULL', `${pending + sent} operations wait to be sent; sync before writing more.`, { limit })
}

const shownAfter = (record: RecordEntry, intent: Intent): RecordEntry['shown'] => {
  if (intent.type === 'create' && record.shown !== undefined) {
    throw new SyncError('INVALID', `The record "${intent.recordId}" exists already; update it instead.`, {
      path: 'id',
      reason: 'exists',
    })
  }
  try {
    return applyChange(intent.definition, record.shown, intent)
  } catch (error) {
    if (!hasCode(error, 'DEPENDENCY')) throw error
    throw new SyncError('NOT_FOUND', `There is no record "${intent.recordId}" in ${intent.collection}.`, {
      collection: intent.collection,
      recordId: intent.recordId,
    })
  }
}

const toOperation = (
  { scope, collection, recordId, type, payload }: Omit<Intent, 'definition'>,
  base: BaseRow | undefined,
  { head, context }: { readonly head: LogHead; readonly context: EnqueueContext },
): Operation => {
  const now = context.environment.clock.now() + (head.clockOffset ?? 0)
  return {
    id: context.environment.newId(),
    scope,
    collection,
    recordId,
    type,
    payload,
    baseVersion: base?.version ?? 0,
    // Hybrid: never behind what this device wrote or has seen of the record, whatever its clock says.
    timestamp: Math.max(now, head.timestamp + 1, (base?.updatedAt ?? 0) + 1),
    uncorrected: head.clockOffset === undefined,
    opVersion: context.schemaVersion,
    localSeq: head.nextLocalSeq,
    clientSeq: undefined,
    status: 'PENDING',
    fate: { kind: 'pending' },
  }
}

/** The payload of operations that need none. */
export const emptyPayload: string = encodePortable(null)
