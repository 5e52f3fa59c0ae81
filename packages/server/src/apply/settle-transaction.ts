import type { Decision, ServerRow, Verdict } from '@holdfast/core/protocol'
import type { Waiting } from './batch.ts'
import type { Malformed, Sent } from './read-operation.ts'

/** One operation as it was judged by itself, on top of those of its transaction that came before. */
export interface Judged {
  readonly read: Sent | Malformed
  readonly row: ServerRow | undefined
  readonly decision: Decision
}

export type Settled =
  /** All of it takes effect. */
  | { readonly kind: 'apply' }
  /** None of it is decided. */
  | { readonly kind: 'wait'; readonly reason: Waiting }
  /** None of it takes effect: `verdictOf` says why, for each. */
  | { readonly kind: 'refuse'; readonly verdictOf: (judged: Judged) => Verdict }

/**
 * All or none [AP26]. One that is rejected ends all for good; else one that is left to a person makes the others
 * wait for the same answer.
 */
export const settleTransaction = (judged: readonly Judged[]): Settled => {
  for (const { decision } of judged) {
    if (decision.kind === 'wait') {
      return { kind: 'wait', reason: { code: decision.code, message: decision.message } }
    }
  }
  const refused = judged.filter(({ decision }) => decision.kind === 'refuse')
  const rejected = refused.find(({ decision }) => kindOf(decision) === 'rejected')
  const cause = rejected ?? refused[0]
  if (cause === undefined) return { kind: 'apply' }
  const reason = rejected === undefined ? 'conflict' : 'rejected'
  const verdictOf = ({ decision }: Judged): Verdict =>
    decision.kind === 'refuse' && isFor(decision.verdict, reason)
      ? decision.verdict
      : { kind: 'aborted', cause: cause.read.id, reason }
  return { kind: 'refuse', verdictOf }
}

/** True for a verdict that stays what it is where a transaction ends for this reason. */
const isFor = ({ kind }: Verdict, reason: 'conflict' | 'rejected'): boolean =>
  reason === 'rejected' ? kind === 'rejected' : kind === 'conflict' || kind === 'rebase'

const kindOf = (decision: Decision): Verdict['kind'] | undefined =>
  decision.kind === 'refuse' ? decision.verdict.kind : undefined
