import { fateOfVerdict, statusOfVerdict, type Operation } from '../model/operation.ts'
import type { ConflictVerdict, RebaseVerdict, Verdict } from '../protocol/verdict.ts'
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
  /** Of all that is decided in this step, by operation id. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** The operations of each transaction that are decided in this step. */
  readonly members: ReadonlyMap<string, readonly Operation[]>
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
export const settle = (workspace: Workspace, head: LogHead, listed: Listed, settling: Settling): Step => {
  const stays: Step = { head, isNewConflict: false }
  const stored = workspace.value(operationKey(listed))
  if (stored === undefined) return stays
  const before = operationEntry.decode(stored)
  const { verdicts, covered } = settling
  const verdict = verdicts.get(before.id)
  if (before.status !== 'SENT') return covered ? leave(workspace, head, before) : stays
  if (verdict === undefined) return stays

  const released = listed.place === 'held' ? release(workspace, head, before) : head
  const decided = { ...released, sent: released.sent - 1 }
  const question = toQuestion(workspace, before, verdict, settling)
  if (question !== undefined) {
    const operation: Operation = { ...before, status: 'CONFLICT', fate: question.fate }
    putInConflict(workspace, operation)
    const isNewConflict = addToConflict(workspace, operation, question.verdict)
    return { head: { ...decided, conflicts: decided.conflicts + (isNewConflict ? 1 : 0) }, isNewConflict }
  }
  const status = verdict.kind === 'aborted' ? 'REJECTED' : statusOfVerdict(verdict)
  const operation: Operation = { ...before, status, fate: fateOfVerdict(verdict) }
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
  readonly verdict: ConflictVerdict | RebaseVerdict | undefined
}

/** What waits for a person, and why. */
const toQuestion = (
  workspace: Workspace,
  operation: Operation,
  verdict: Verdict,
  settling: Settling,
): Question | undefined => {
  switch (verdict.kind) {
    case 'conflict':
    case 'rebase':
      return { fate: fateOfVerdict(verdict), verdict }
    case 'aborted':
      if (verdict.reason === 'conflict')
        return isAsked(verdict.cause, settling)
          ? { fate: fateOfVerdict(verdict), verdict: undefined }
          : undefined
      return isOnWaiting(workspace, operation, settling) ? onWaiting : undefined
    case 'rejected':
      return isOnWaiting(workspace, operation, settling) ? onWaiting : undefined
    case 'applied':
    case 'merged':
    case 'cancelled':
    case 'expired':
      return undefined
  }
}

/** Of what another store made under the same id, on something else, nobody is asked here: nothing would end the wait. */
const isAsked = (cause: string, { verdicts }: Settling): boolean => verdicts.get(cause)?.kind !== 'rejected'

const onWaiting: Question = { fate: { kind: 'conflict', fields: [] }, verdict: undefined }

/**
 * Made on top of a creation that waits: it waits too, else the answer would bring back half of the record. Of a
 * transaction all of it waits, unless something else is wrong with it.
 */
const isOnWaiting = (workspace: Workspace, operation: Operation, settling: Settling): boolean => {
  const { transaction } = operation
  const members = (transaction && settling.members.get(transaction.id)) ?? [operation]
  return members.every((member) => {
    const verdict = settling.verdicts.get(member.id)
    if (verdict?.kind !== 'rejected') return true
    const { code, cause } = verdict
    return code === 'DEPENDENCY' && cause !== undefined && isWaitingInConflict(workspace, member, cause)
  })
}

/** A rejected operation is among the dead letters from here on, no sooner. */
const leave = (workspace: Workspace, head: LogHead, operation: Operation): Step => {
  markOverwritten(workspace, operation)
  putDone(workspace, operation)
  const deadLetters = head.deadLetters + (operation.status === 'REJECTED' ? 1 : 0)
  return { head: { ...head, deadLetters }, isNewConflict: false }
}
