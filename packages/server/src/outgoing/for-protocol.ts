import type { ErrorCode } from '@holdfast/core'
import type { Result, Verdict } from '@holdfast/core/protocol'

/** The protocol that brought these codes. */
const withNewCodes = 3
const newCodes: ReadonlySet<ErrorCode> = new Set(['REFUSED', 'CONFLICT', 'LEASE_LOST', 'MISSING_DEPENDENCY'])

/** The protocol that brought the verdict `expired`. */
const withExpired = 4

/** As a client of this protocol can read it: older ones would drop the whole answer over a word that they don't know. */
export const verdictFor = (protocol: number, verdict: Verdict): Verdict => {
  if (verdict.kind === 'rejected' && newCodes.has(verdict.code) && protocol < withNewCodes)
    return { ...verdict, code: 'INVALID' }
  if (verdict.kind === 'expired' && protocol < withExpired)
    return { kind: 'rejected', code: 'INVALID', message: 'It came when its lifetime was over.' }
  return verdict
}

export const resultFor = (protocol: number, result: Result): Result => {
  switch (result.kind) {
    case 'retry':
      return result
    case 'duplicate':
      return { ...result, verdict: verdictFor(protocol, result.verdict) }
    default:
      return { id: result.id, ...verdictFor(protocol, result) }
  }
}
