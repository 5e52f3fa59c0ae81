import { SyncError, isSyncError } from '@holdfast/core'
import { errorToRefusal, type Refusal } from '@holdfast/core/protocol'
import type { Deps } from './deps.ts'

/** One number to find the failure in the log; nothing of the failure itself goes out. */
export const serverFailed = <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  what: string,
  error: unknown,
): SyncError => {
  const correlationId = options.environment.newId()
  options.logger.error(what, { correlationId, error })
  return new SyncError('SERVER_FAILED', `The server failed; its log has the reason under ${correlationId}.`, {
    correlationId,
  })
}

/** Whatever `run` throws becomes a typed refusal. */
export const answering = async <TContext, TDatabase, TAnswer>(
  deps: Deps<TContext, TDatabase>,
  procedure: string,
  run: () => Promise<TAnswer>,
): Promise<TAnswer | Refusal> => {
  try {
    return await run()
  } catch (error) {
    return errorToRefusal(isSyncError(error) ? error : serverFailed(deps, `${procedure} failed.`, error))
  }
}
