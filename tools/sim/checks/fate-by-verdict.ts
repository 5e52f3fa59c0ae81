import type { StoredVerdict } from '@holdfast/core/protocol'
import { canonical } from '../model/values.ts'
import type { Decision } from './journal-state.ts'
import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { broken, must } from './violation.ts'

export interface VerdictContext {
  readonly mirror: Mirror
  /** What the server decided about an operation, in whichever history. */
  readonly decisionsOf: (operationId: string) => readonly Decision[]
  /** Another copy of the client may have sent what this one did not. */
  readonly isDoubtful: boolean
  /** Two copies of the client that run different versions of the app sent it, each in its words. */
  readonly wasReworded: (operationId: string) => boolean
  /** It comes from a backup, perhaps: other stores may have made it too. */
  readonly isRestored: (operation: LocalOperation) => boolean
}

/** A fate that the server gives is the one that the server gave, and not told before its time. @throws Violation */
export const checkVerdict = (
  { mirror, decisionsOf, isDoubtful: isCopy, isRestored, wasReworded }: VerdictContext,
  operation: LocalOperation,
  before: LocalOperation | undefined,
): void => {
  const isDoubtful = isCopy || isRestored(operation)
  const { id, status, fate, localSeq } = operation
  const decisions = decisionsOf(id)
  const [decision] = decisions
  if (status === 'PENDING') {
    const isUnsent = isDoubtful || decision === undefined
    must(isUnsent, 'exactly once', () => `${id} is pending, and the server decided it`)
  }
  if (status === 'PENDING' || status === 'SENT') return
  if (operation.clientSeq === undefined) {
    const waits =
      ['CONFLICT', 'SUPERSEDED', 'CANCELLED', 'EXPIRED'].includes(status) ||
      isBuiltOnNothing(mirror, operation) ||
      (fate.cause === undefined && isNowhere(status, fate)) ||
      fate.kind === 'aborted'
    must(
      isDoubtful || (waits && decision === undefined),
      'conserved',
      () => `${id} is ${status} and was never sent`,
    )
    return
  }
  // Of two copies the server may have decided something else under the number.
  const isUnknown = fate.code === 'OUTCOME_UNKNOWN' || status === 'SUPERSEDED'
  if (isDoubtful && decision === undefined && isUnknown) return
  // Nobody judges again what was decided, and nobody knows what it came to.
  const isUntold = status === 'SUPERSEDED' || (status === 'REJECTED' && fate.code === 'OUTCOME_UNKNOWN')
  if (decisions.some(({ isForgotten }) => isForgotten === true) && isUntold) return
  if (decision === undefined)
    return broken('conserved', `${id} is ${status}, and the server never decided it`)
  // Another copy left its scope, and spent its number.
  const isSpent = decision.verdict.kind === 'rejected' && decision.verdict.code === 'INVALID'
  if (isDoubtful && isSpent && fate.code === 'PAYLOAD_MISMATCH') return
  if (isCopy && isOfOtherWords(operation, wasReworded)) return
  // Another store has made it on something else, or what belongs to it.
  if (isRestored(operation) && (fate.code === 'PAYLOAD_MISMATCH' || fate.kind === 'aborted')) return
  const fitting = decisions.filter(({ verdict }) => fits(operation, verdict))
  must(
    fitting.length > 0,
    'conserved',
    () => `${id} has the fate ${JSON.stringify(fate)}, the server gave ${JSON.stringify(decision.verdict)}`,
  )
  // One that is let go of had left before, perhaps at a head of a history that is lost by now.
  if (!mirror.done.has(localSeq) || status === 'SUPERSEDED' || fate.discarded === true) return
  // It had left before, at whichever head; a newer version of the app says it in other words.
  if (before !== undefined && before.status === status && before.opVersion !== operation.opVersion) return
  // No head ends what waited in vain.
  const waited = fitting.every(
    ({ verdict: { kind, ...verdict } }) =>
      kind === 'conflict' ||
      kind === 'rebase' ||
      (kind === 'aborted' && 'reason' in verdict && verdict.reason === 'conflict'),
  )
  if (waited && isNowhere(status, fate)) return
  const head = mirror.cursor?.head ?? 0
  const shownAt = Math.min(...fitting.map(({ seq, head: decidedAt }) => seq ?? decidedAt))
  must(shownAt <= head, 'causal', () => `${id} of head ${shownAt} left the replay at head ${head}`)
}

/** The server takes what another copy said in other words for another operation; what belongs to it ends with it. */
const isOfOtherWords = ({ id, fate }: LocalOperation, wasReworded: VerdictContext['wasReworded']): boolean =>
  (fate.code === 'PAYLOAD_MISMATCH' && wasReworded(id)) ||
  (fate.kind === 'aborted' && wasReworded(fate.cause ?? ''))

/** Rejected here, because what it builds on was taken back, or with others of its transaction of which that is so. */
const isBuiltOnNothing = ({ operations }: Mirror, { status, fate }: LocalOperation): boolean => {
  // It may have left the archive since.
  const cause =
    fate.cause === undefined ? undefined : [...operations.values()].find(({ id }) => id === fate.cause)
  const isKnown = fate.kind === 'aborted' || fate.code === 'DEPENDENCY'
  return status === 'REJECTED' && isKnown && cause !== undefined && cause.clientSeq === undefined
}

/** It waited, and there is nothing left that it could change; or so it is with another one of its transaction. */
const isNowhere = (status: string, { code, kind }: LocalOperation['fate']): boolean =>
  status === 'REJECTED' && (code === 'MISSING_DEPENDENCY' || code === 'DEPENDENCY' || kind === 'aborted')

/** Whether a fate is what a verdict leads to, or what came of it since. */
const fits = ({ status, fate }: LocalOperation, verdict: StoredVerdict): boolean => {
  switch (verdict.kind) {
    case 'applied':
    case 'merged': {
      const lost = verdict.kind === 'merged' ? verdict.lost : []
      return (
        status === 'COMPLETED' && fate.version === verdict.version && canonical(fate.lost) === canonical(lost)
      )
    }
    case 'conflict':
    case 'rebase':
      return status === 'CONFLICT' || status === 'SUPERSEDED' || isNowhere(status, fate)
    case 'rejected':
      if (status === 'REJECTED') {
        const isAs =
          fate.code === verdict.code &&
          fate.cause === verdict.cause &&
          fate.reason === verdict.reason &&
          fate.holder === verdict.holder
        // It had joined what it builds on, and ended with that.
        return isAs || (verdict.code === 'DEPENDENCY' && isNowhere(status, fate))
      }
      // Made again; or it builds on what waits for a person.
      return status === 'SUPERSEDED' || (status === 'CONFLICT' && verdict.code === 'DEPENDENCY')
    case 'aborted': {
      const isAs = fate.cause === verdict.cause && fate.reason === verdict.reason
      if (status === 'REJECTED') return isAs ? verdict.reason === 'rejected' : isNowhere(status, fate)
      if (status === 'CONFLICT') return isAs || verdict.reason === 'rejected'
      return status === 'SUPERSEDED'
    }
    case 'cancelled':
      return status === 'CANCELLED'
    case 'expired':
      return status === 'EXPIRED'
  }
}
