import { hasCode, type SyncError } from '../base/errors.ts'

export interface RetryPolicy {
  /** Longest first wait in milliseconds; doubles with each attempt. */
  readonly base: number
  /** Longest wait in milliseconds. */
  readonly cap: number
}

export const defaultRetry: RetryPolicy = { base: 1_000, cap: 60_000 }

/** No server is left alone for longer, whatever it asked for. */
const longestAsked = 86_400_000

/** How long the server asked to be left alone, in milliseconds, a day at most; undefined where it did not. */
export const askedWait = (error: SyncError): number | undefined => {
  const asked: unknown =
    hasCode(error, 'RATE_LIMITED') || hasCode(error, 'SERVER_FAILED') ? error.details.retryAfterMs : undefined
  return typeof asked === 'number' && asked >= 0 ? Math.min(asked, longestAsked) : undefined
}

/** What was refused for its size is as large a minute later. */
const untilSmaller = 3_600_000

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
  if (failure.error.code === 'TOO_LARGE') return untilSmaller + wait
  const asked = askedWait(failure.error)
  return asked === undefined ? wait : asked + wait
}
