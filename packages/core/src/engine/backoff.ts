import { hasCode, type SyncError } from '../base/errors.ts'

export interface RetryPolicy {
  /** Longest first wait in milliseconds; doubles with each attempt. */
  readonly base: number
  /** Longest wait in milliseconds. */
  readonly cap: number
}

export const defaultRetry: RetryPolicy = { base: 1_000, cap: 60_000 }

/** How long the server asked to be left alone, in milliseconds; undefined where it did not. */
export const askedWait = (error: SyncError): number | undefined => {
  if (hasCode(error, 'RATE_LIMITED')) return error.details.retryAfterMs
  if (hasCode(error, 'SERVER_FAILED')) return error.details.retryAfterMs
  return undefined
}

/**
 * Milliseconds until the next attempt: full jitter (any time up to a doubling bound), so that devices which
 * failed together don't return together; never less than the server asked for.
 * @param attempt 1 for the first failure
 * @param jitter in [0, 1)
 */
export const waitFor = (
  policy: RetryPolicy,
  attempt: number,
  failure: { error: SyncError; jitter: number },
): number => {
  const bound = Math.min(policy.cap, policy.base * 2 ** Math.min(attempt - 1, 30))
  const wait = Math.round(bound * failure.jitter)
  const asked = askedWait(failure.error)
  return asked === undefined ? wait : asked + wait
}
