import type { ErrorCode } from '@holdfast/core'
import type { Result, Verdict } from '@holdfast/core/protocol'

/** The protocol that brought these codes. */
const withNewCodes = 3
const newCodes: ReadonlySet<ErrorCode> = new Set(['REFUSED', 'CONFLICT', 'LEASE_LOST', 'MISSING_DEPENDENCY'])

/** As a client of this protocol can read it: older ones would drop the whole answer over a code that they don't know. */
export const verdictFor = <TVerdict extends Verdict>(protocol: number, verdict: TVerdict): TVerdict =>
  verdict.kind === 'rejected' && newCodes.has(verdict.code) && protocol < withNewCodes
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
