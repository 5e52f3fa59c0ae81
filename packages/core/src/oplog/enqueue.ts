import { encodePortable } from '../base/codec.ts'
import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import { moveType } from '../model/move-input.ts'
import type { Fate, Operation, OperationLife } from '../model/operation.ts'
import { deletedField, movedField, type BaseRow, type RecordData } from '../model/record.ts'
import { namedOperation } from '../model/validate.ts'
import type { TransactionPart } from '../protocol/push.ts'
import type { Workspace } from '../storage/workspace.ts'
import { addToConflict } from './conflict-log.ts'
import { conflictEntry, type LogHead, type RecordEntry } from './entries.ts'
import { madeNow, type Made } from './expiry/life-of.ts'
import type { SessionTime } from '../base/session-time.ts'
import { freeze, stampOf } from './freeze.ts'
import type { Intent } from './intent.ts'
import { conflictKey, type RecordAddress } from './keys.ts'
import { appendOperation, logHead, putDropped, putJoined, putLogHead } from './log.ts'
import { putRecord, recordIn } from './records.ts'
import { fieldsOf, shownAfter } from './shown-after.ts'
import { addTouched, meet, seenVersion } from './touched.ts'

export interface EnqueueContext {
  readonly environment: Environment
  readonly schemaVersion: string
  /** Writes are refused once so many operations are undecided. */
  readonly maxOps: number
  /** Without it operations live for ever. */
  readonly session?: SessionTime | undefined
}

/** How a write goes into the log. */
export interface Entering {
  readonly transaction?: TransactionPart | undefined
  /** It waits with an open conflict, be it of another record of its transaction. */
  readonly waits: boolean
}

/**
 * Turns one write into an operation and the record's new shown value, in the workspace. The record's entry, its
 * open conflict and the log's head must have been read. A write that meets the operations of an open conflict
 * joins them: it is what this device would have once the conflict is answered.
 * @throws SyncError NOT_FOUND, INVALID, QUEUE_FULL; then the workspace is as it was
 */
export const enqueue = (workspace: Workspace, intent: Intent, context: EnqueueContext): Operation => {
  if (intent.drop === true) return drop(workspace, intent, context)
  const waits = meetsConflict(workspace, intent)
  return enter(workspace, intent, { waits }, context)
}

/** `enqueue`, once it is known whether it waits. @throws as `enqueue` */
export const enter = (
  workspace: Workspace,
  wanted: Intent,
  entering: Entering,
  context: EnqueueContext,
): Operation => {
  const { record, draft, shown } = toDraft(workspace, wanted, context)
  if (!entering.waits) checkRoom(logHead(workspace, wanted.scope), context.maxOps)
  const entered = { ...draft, transaction: entering.transaction }
  const operation = entering.waits ? join(workspace, entered, context) : append(workspace, entered, context)
  const touched = addTouched(record.touched, operation)
  putRecord(workspace, wanted, { base: record.base, overlay: record.overlay + 1, touched, shown })
  return operation
}

/** What a write comes to on the record as it is shown. @throws as `enqueue` */
const toDraft = (workspace: Workspace, wanted: Intent, context: EnqueueContext): Drafted => {
  const record = recordIn(workspace, wanted)
  checkStays(workspace, wanted, record.touched)
  const head = logHead(workspace, wanted.scope)
  const intent = freeze(wanted, record, stampOf(wanted, head, record.base, context))
  const shown = shownAfter(record, intent)
  const fields = fieldsOf(intent, record.shown, shown)
  const reads = namedOperation(intent.definition, intent.type)?.reads ?? []
  // Where the record is shown although the server deleted it, the operations on it hide that too.
  const hidden = record.base?.deleted === true && record.shown !== undefined ? [deletedField] : []
  const concerned = [...fields, ...reads, ...hidden]
  const baseVersion = seenVersion(record.base?.version ?? 0, record.touched, concerned)
  const made = madeNow(head, context.session, intent)
  return { record, shown, draft: { ...intent, fields, baseVersion, base: record.base, made } }
}

interface Drafted {
  readonly record: RecordEntry
  readonly draft: OperationDraft
  readonly shown: RecordData | undefined
}

/** It is never queued, and nothing is shown of it: only its fate is kept. */
const drop = (workspace: Workspace, intent: Intent, context: EnqueueContext): Operation => {
  const { draft } = toDraft(workspace, intent, context)
  const head = logHead(workspace, intent.scope)
  const operation: Operation = {
    ...toOperation(draft, head, context),
    status: 'EXPIRED',
    fate: { kind: 'expired' },
  }
  putDropped(workspace, operation)
  putLogHead(workspace, intent.scope, nextHead(head, operation, draft.made))
  return operation
}

export interface OperationDraft extends RecordAddress {
  readonly type: string
  readonly payload: string
  readonly fields: readonly string[]
  readonly baseVersion: number
  readonly base: BaseRow | undefined
  readonly operationId?: string | undefined
  readonly isShared?: true | undefined
  readonly remadeOn?: number | undefined
  readonly putsBefore?: number | undefined
  /** When it was written; else: now. */
  readonly timestamp?: number | undefined
  readonly marks?: string | undefined
  readonly transaction?: TransactionPart | undefined
  readonly made?: Made | undefined
  /** Of one that is made again: it goes on living where it was. */
  readonly life?: OperationLife | undefined
}

/** Puts a new operation into the log. The record's entry is the caller's. */
export const append = (workspace: Workspace, draft: OperationDraft, context: EnqueueContext): Operation => {
  const head = logHead(workspace, draft.scope)
  const operation = toOperation(draft, head, context)
  appendOperation(workspace, operation)
  const pending = head.pending + 1
  putLogHead(workspace, draft.scope, { ...nextHead(head, operation, draft.made), pending })
  return operation
}

const join = (workspace: Workspace, draft: OperationDraft, context: EnqueueContext): Operation => {
  const head = logHead(workspace, draft.scope)
  const fate: Fate = { kind: 'conflict', fields: [] }
  const operation: Operation = { ...toOperation(draft, head, context), status: 'CONFLICT', fate }
  putJoined(workspace, operation)
  addToConflict(workspace, operation, undefined)
  putLogHead(workspace, draft.scope, nextHead(head, operation, draft.made))
  return operation
}

/**
 * True where a write meets an operation that waits in the record's open conflict.
 * @throws as `enqueue`
 */
export const meetsConflict = (workspace: Workspace, intent: Intent): boolean => {
  const stored = workspace.value(conflictKey(intent))
  if (stored === undefined) return false
  const record = recordIn(workspace, intent)
  // Only its fields count here, not what they come to.
  const frozen = freeze(intent, record, { operationId: '', timestamp: 0 })
  const fields = fieldsOf(frozen, record.shown, shownAfter(record, frozen))
  return conflictEntry.decode(stored).operations.some((waiting) => meet(waiting.fields, fields))
}

const nextHead = (head: LogHead, operation: Operation, made: Made | undefined): LogHead => ({
  ...head,
  ...(made === undefined ? {} : { era: made.era }),
  nextLocalSeq: head.nextLocalSeq + 1,
  timestamp: Math.max(head.timestamp, operation.timestamp),
})

/** On its way to another scope a record can't be changed; one that is disputed can't go. */
const checkStays = (
  workspace: Workspace,
  { type, recordId, ...intent }: Intent,
  touched: Readonly<Record<string, number>>,
): void => {
  if (Object.hasOwn(touched, movedField)) {
    const reason = 'it is on its way to another scope; change it once that is synced'
    throw new SyncError('INVALID', `The record "${recordId}" can't be changed now: ${reason}.`, {
      reason: 'moving',
    })
  }
  if (type !== moveType || workspace.value(conflictKey({ ...intent, recordId })) === undefined) return
  const message = `The record "${recordId}" has an open conflict; answer that before it is moved.`
  throw new SyncError('INVALID', message, { reason: 'open conflict' })
}

const checkRoom = ({ pending, sent }: LogHead, limit: number): void => {
  if (pending + sent < limit) return
  throw new SyncError(
    'QUEUE_FULL',
    `${pending + sent} operations wait to be sent; sync before writing more.`,
    { limit },
  )
}

const toOperation = (
  {
    scope,
    collection,
    recordId,
    type,
    payload,
    fields,
    baseVersion,
    base,
    transaction,
    remadeOn,
    putsBefore,
    isShared,
    marks,
    made,
    life = made?.life,
    ...draft
  }: OperationDraft,
  head: LogHead,
  context: EnqueueContext,
): Operation => {
  const { operationId, timestamp: now } = stampOf(draft, head, base, context)
  const { timestamp = now } = draft
  return {
    id: operationId,
    scope,
    collection,
    recordId,
    type,
    payload,
    fields,
    baseVersion,
    timestamp,
    uncorrected: head.clockOffset === undefined,
    opVersion: context.schemaVersion,
    localSeq: head.nextLocalSeq,
    clientSeq: undefined,
    ...(remadeOn === undefined ? {} : { remadeOn }),
    ...(putsBefore === undefined ? {} : { putsBefore }),
    ...(isShared === undefined ? {} : { isShared }),
    ...(transaction === undefined ? {} : { transaction }),
    ...(marks === undefined ? {} : { marks }),
    ...(life === undefined ? {} : { life }),
    status: 'PENDING',
    fate: { kind: 'pending' },
  }
}

/** The payload of operations that need none. */
export const emptyPayload: string = encodePortable(null)
