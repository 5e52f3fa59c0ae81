import { SyncError } from '@holdfast/core'
import type { ProcedureName } from '@holdfast/core/protocol'
import type { Logger } from '../logger.ts'

/** Decides how often a user may ask. Where processes share a limit, its counts are somewhere that all of them reach. */
export interface RateLimiter {
  /** Milliseconds after which this user may ask for that again; 0: now, which is counted. */
  readonly take: (user: string, procedure: ProcedureName) => number | Promise<number>
}

/**
 * Before anything of the request is read. A limiter that fails limits nobody: it would stop all sync.
 * @throws SyncError RATE_LIMITED, and what `caller` throws
 */
export const assertRate = async (
  { rates, logger }: { readonly rates?: RateLimiter | undefined; readonly logger: Logger },
  caller: () => string,
  procedure: ProcedureName,
): Promise<void> => {
  if (rates === undefined) return
  const user = caller()
  let retryAfterMs = 0
  try {
    retryAfterMs = await rates.take(user, procedure)
  } catch (error) {
    logger.error('The rate limiter failed; the request is answered.', { error })
  }
  if (retryAfterMs > 0)
    throw new SyncError('RATE_LIMITED', 'You ask too often.', { retryAfterMs: Math.ceil(retryAfterMs) })
}
