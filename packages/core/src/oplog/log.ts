import { scopeNotJoined } from '../model/record-scope.ts'
import type { Operation } from '../model/operation.ts'
import type { Workspace } from '../storage/workspace.ts'
import { addressEntry, logHeadEntry, operationEntry, queueEntry, type LogHead } from './entries.ts'
import {
  deadKey,
  doneKey,
  heldKey,
  logKey,
  operationIdKey,
  operationKey,
  pastKey,
  queueKey,
  waitingKey,
} from './keys.ts'
import { logHeadOf } from './stored.ts'

/** The log's head as this step has it so far, of a scope that was left too. `logKey` must have been read. */
export const storedLogHead = (workspace: Workspace, scope: string): LogHead =>
  logHeadOf(workspace.value(logKey(scope)))

/**
 * The log's head as this step has it so far. `logKey` must have been read. Every step that changes a scope comes
 * through here, and its commit expects the head: nobody writes to a scope that was left meanwhile.
 * @throws SyncError SCOPE_NOT_JOINED
 */
export const logHead = (workspace: Workspace, scope: string): LogHead => {
  const head = storedLogHead(workspace, scope)
  if (head.left !== true) return head
  throw scopeNotJoined(scope)
}

export const putLogHead = (workspace: Workspace, scope: string, head: LogHead): void => {
  const key = logKey(scope)
  const isNew = workspace.value(key) === undefined
  const past = isNew ? { past: true as const } : {}
  workspace.put(key, logHeadEntry.encode({ ...head, ...past, after: workspace.revision(key) }))
}

/** Any record may be another one at this commit: nobody can go on from the head before, everybody reads again. */
export const putFlippedHead = (workspace: Workspace, scope: string, head: LogHead): void =>
  workspace.put(logKey(scope), logHeadEntry.encode({ ...head, after: Number.MAX_SAFE_INTEGER }))

/** Stores the operation, and where it stands: in one of the lists of its scope. */
const putListed = (workspace: Workspace, keyIn: ListKey, operation: Operation): void => {
  workspace.put(operationKey(operation), operationEntry.encode(operation))
  enlist(workspace, keyIn, operation)
}

type ListKey = (scope: string, localSeq: number) => string

/** Puts an operation that is stored into one of the lists. */
export const enlist = (workspace: Workspace, keyIn: ListKey, operation: Operation): void => {
  const { scope, collection, recordId, localSeq, id, clientSeq } = operation
  const entry = { collection, recordId, operationId: id, clientSeq }
  workspace.put(keyIn(scope, localSeq), queueEntry.encode(entry))
}

/** A new operation enters the log: replayed on its record, and in the queue. */
export const appendOperation = (workspace: Workspace, operation: Operation): void => {
  putListed(workspace, queueKey, operation)
  putIndex(workspace, operation)
}

/** A new operation that waits in an open conflict from the start: replayed on its record, never sent itself. */
export const putJoined = (workspace: Workspace, operation: Operation): void => {
  workspace.put(operationKey(operation), operationEntry.encode(operation))
  putIndex(workspace, operation)
}

const putIndex = (workspace: Workspace, { id, scope, collection, recordId, localSeq }: Operation): void =>
  workspace.put(operationIdKey(id), addressEntry.encode({ scope, collection, recordId, localSeq }))

/** The operation is on its way for the first time: from here on it is frozen. */
export const putSent = (workspace: Workspace, operation: Operation): void =>
  putListed(workspace, queueKey, operation)

/** The same for one that was held back before it was ever sent. `heldKey` stays its place. */
export const putHeldSent = (workspace: Workspace, operation: Operation): void =>
  putListed(workspace, heldKey, operation)

/** The verdict is known; the operation stays on its record until a head that includes it is shown. */
export const putWaiting = (workspace: Workspace, operation: Operation): void => {
  putListed(workspace, waitingKey, operation)
  workspace.remove(queueKey(operation.scope, operation.localSeq))
}

/** The operation waits for a person and stays on its record until then. */
export const putInConflict = (workspace: Workspace, operation: Operation): void => {
  workspace.put(operationKey(operation), operationEntry.encode(operation))
  leaveQueues(workspace, operation)
}

/** The operation leaves the replay; its fate stays. */
export const putDone = (workspace: Workspace, operation: Operation): void => {
  workspace.put(doneKey(operation.scope, operation.localSeq), operationEntry.encode(operation))
  workspace.put(pastKey(operation), '')
  workspace.remove(operationKey(operation))
  leaveQueues(workspace, operation)
  if (operation.status === 'REJECTED')
    workspace.put(deadKey(operation.scope, operation.localSeq), operation.id)
}

/** An operation that never enters a queue: only its fate is kept. */
export const putDropped = (workspace: Workspace, operation: Operation): void => {
  workspace.put(doneKey(operation.scope, operation.localSeq), operationEntry.encode(operation))
  workspace.put(pastKey(operation), '')
  putIndex(workspace, operation)
}

const leaveQueues = (workspace: Workspace, { scope, localSeq }: Operation): void => {
  workspace.remove(queueKey(scope, localSeq))
  workspace.remove(waitingKey(scope, localSeq))
}
