import { SyncError, hasCode, isSyncError } from '../base/errors.ts'
import { isTimeOut } from '../oplog/batch/pace.ts'
import type { Batch } from '../oplog/batch/open-batch.ts'
import type { PushAnswer } from '../protocol/push.ts'
import type { CycleContext } from './cycle-context.ts'
import type { Pacer } from './pacer.ts'
import { pushBatch } from './push-batch.ts'

/**
 * `anew`: another batch is to be taken; this one was too large, or came too soon, and other tabs had their turn while it
 * waited. `alone`: it was too large, and a single unit.
 */
export type PacedAnswer =
  | { readonly kind: 'answer'; readonly answer: PushAnswer }
  | { readonly kind: 'anew' }
  | { readonly kind: 'alone'; readonly error: SyncError }

/**
 * Pushes, and learns from what becomes of it how much the next push may carry.
 * @throws SyncError, but TOO_LARGE, nor RATE_LIMITED where the run waits
 */
export const pushPaced = async (
  context: CycleContext,
  batch: Batch,
  { pacer, signal }: { readonly pacer: Pacer; readonly signal: AbortSignal },
): Promise<PacedAnswer> => {
  const { clock } = context.environment
  const start = clock.monotonic()
  try {
    const answer = await pushBatch(context, batch, signal)
    pacer.answered(batch, clock.monotonic() - start)
    return { kind: 'answer', answer }
  } catch (error) {
    if (hasCode(error, 'TOO_LARGE'))
      return (await pacer.refused(batch))
        ? { kind: 'anew' }
        : { kind: 'alone', error: tooLargeAlone(batch, error) }
    if (hasCode(error, 'RATE_LIMITED') && !signal.aborted && (await pacer.cameTooSoon(error)))
      return { kind: 'anew' }
    if (isSyncError(error) && isTimeOut(error)) await pacer.timedOut(batch)
    throw error
  }
}

const tooLargeAlone = ({ operations, bytes }: Batch, cause: SyncError<'TOO_LARGE'>): SyncError => {
  const operationId = operations[0]?.id ?? ''
  const message = `The operation ${operationId} is larger than the server, or a proxy, takes: raise its body limit.`
  const details = { what: 'operation', limit: cause.details.limit, actual: bytes, operationId }
  return new SyncError('TOO_LARGE', message, details, { cause })
}
