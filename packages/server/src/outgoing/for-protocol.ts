import type { Result, Verdict } from '@holdfast/core/protocol'

/** The first protocol that knows REFUSED. */
const withRefused = 3

/** As a client of this protocol can read it: older ones don't know REFUSED, and would drop the whole answer. */
export const verdictFor = <TVerdict extends Verdict>(protocol: number, verdict: TVerdict): TVerdict =>
  verdict.kind === 'rejected' && verdict.code === 'REFUSED' && protocol < withRefused
    ? { ...verdict, code: 'INVALID' }
    : verdict

export const resultFor = (protocol: number, result: Result): Result => {
  switch (result.kind) {
    case 'retry':
      return result
    case 'duplicate':
      return { ...result, verdict: verdictFor(protocol, result.verdict) }
    default:
      return verdictFor(protocol, result)
  }
}
