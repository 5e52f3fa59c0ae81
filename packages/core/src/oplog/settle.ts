import { fateOfVerdict, statusOfVerdict, type Operation } from '../model/operation.ts'
import type { Verdict } from '../protocol/verdict.ts'
import type { Workspace } from '../storage/workspace.ts'
import { addToConflict, isWaitingInConflict, markOverwritten } from './conflict-log.ts'
import { operationEntry, type LogHead } from './entries.ts'
import { release } from './held.ts'
import { blockedKey, conflictKey, operationKey, transactionKey, type OperationAddress } from './keys.ts'
import { putDone, putInConflict, putWaiting } from './log.ts'

/** An operation that is not done, as the list where it stands names it. */
export interface Listed extends OperationAddress {
  readonly place: 'queue' | 'held' | 'waiting'
  readonly operationId: string
  readonly clientSeq: number | undefined
}

export interface Settling {
  readonly verdict: Verdict | undefined
  /** The head that is being swapped in includes its decision. */
  readonly covered: boolean
}

export interface Step {
  readonly head: LogHead
  /** A question was opened on its record. */
  readonly isNewConflict: boolean
}

/** What `settle` needs to have been read. */
export const settleRequests = (listed: Listed): readonly { readonly get: string }[] => [
  { get: operationKey(listed) },
  { get: conflictKey(listed) },
  ...(listed.place === 'held' ? [{ get: blockedKey(listed) }] : []),
]

/** Gives one operation its fate and its place. */
export const settle = (
  workspace: Workspace,
  head: LogHead,
  listed: Listed,
  { verdict, covered }: Settling,
): Step => {
  const stays: Step = { head, isNewConflict: false }
  const stored = workspace.value(operationKey(listed))
  if (stored === undefined) return stays
  const before = operationEntry.decode(stored)
  if (before.status !== 'SENT') return covered ? leave(workspace, head, before) : stays
  if (verdict === undefined) return stays

  const released = listed.place === 'held' ? release(workspace, head, before) : head
  const decided = { ...released, sent: released.sent - 1 }
  const question = toQuestion(workspace, before, verdict)
  if (question !== undefined) {
    const operation: Operation = { ...before, status: 'CONFLICT', fate: question.fate }
    putInConflict(workspace, operation)
    const isNewConflict = addToConflict(workspace, operation, question.verdict)
    return { head: { ...decided, conflicts: decided.conflicts + (isNewConflict ? 1 : 0) }, isNewConflict }
  }
  const operation: Operation = { ...before, status: statusOfVerdict(verdict), fate: fateOfVerdict(verdict) }
  // What became of it is no longer anybody's but its own.
  if (operation.transaction !== undefined && operation.status !== 'REJECTED')
    workspace.remove(transactionKey(operation.scope, operation.transaction.id))
  if (covered) return leave(workspace, decided, operation)
  putWaiting(workspace, operation)
  return { head: decided, isNewConflict: false }
}

interface Question {
  readonly fate: Operation['fate']
  /** Undefined: nothing of its own is disputed, it waits with others. */
  readonly verdict: Extract<Verdict, { kind: 'conflict' }> | undefined
}

/** What waits for a person, and why. */
const toQuestion = (workspace: Workspace, operation: Operation, verdict: Verdict): Question | undefined => {
  switch (verdict.kind) {
    case 'conflict':
      return { fate: fateOfVerdict(verdict), verdict }
    case 'aborted':
      return verdict.reason === 'conflict' ? { fate: fateOfVerdict(verdict), verdict: undefined } : undefined
    case 'rejected': {
      // Made on top of a creation that waits: it waits too, else the answer would bring back half of the record.
      const { cause } = verdict
      const isOnWaiting =
        verdict.code === 'DEPENDENCY' &&
        cause !== undefined &&
        isWaitingInConflict(workspace, operation, cause)
      return isOnWaiting ? { fate: { kind: 'conflict', fields: [] }, verdict: undefined } : undefined
    }
    case 'applied':
    case 'merged':
    case 'cancelled':
      return undefined
  }
}

/** A rejected operation is among the dead letters from here on, no sooner. */
const leave = (workspace: Workspace, head: LogHead, operation: Operation): Step => {
  markOverwritten(workspace, operation)
  putDone(workspace, operation)
  const deadLetters = head.deadLetters + (operation.status === 'REJECTED' ? 1 : 0)
  return { head: { ...head, deadLetters }, isNewConflict: false }
}
