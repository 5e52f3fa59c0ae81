import { isSyncError, SyncError } from '@holdfast/core'
import type { Gate } from '../../apply/batch.ts'
import { OutOfTime, withinTime } from '../../plugin/within-time.ts'
import { halfKey, type AnyServerOperation } from '../../server-operations.ts'
import type { WriteTransaction } from '../../store/contract.ts'
import { serverFailed } from '../answering.ts'
import type { Deps } from '../deps.ts'
import type { PushRequest } from './request.ts'

/** All halves of one transaction may take so many times what one may; else it would never commit. */
const mostTimes = 4

/** The server halves of the app's operations, each run within its time in the push's transaction. */
export const createHalves = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  tx: WriteTransaction<TDatabase>,
  { scope, user, clientId }: Pick<PushRequest, 'scope' | 'user' | 'clientId'>,
): Gate['halfOf'] => {
  const { serverHalves, environment, limits, store } = deps.options
  const { timers, clock } = environment
  let spent = 0
  return ({ collection, type }) => {
    const half: AnyServerOperation<TContext, TDatabase> | undefined = serverHalves.get(
      halfKey(collection, type),
    )
    if (half === undefined) return undefined
    return {
      async run({ operation: { id: operationId }, record, input, records }) {
        const call = {
          tx: tx.database,
          ctx,
          scope,
          user,
          clientId,
          operationId,
          now: clock.now(),
          record,
          input,
          records,
        }
        if (spent >= mostTimes * limits.serverOperationMs) {
          throw new SyncError('SERVER_FAILED', 'The batch took long; this one is tried again.', {})
        }
        const start = clock.monotonic()
        try {
          return asObject(await withinTime(timers, limits.serverOperationMs, async () => half(call)))
        } catch (error) {
          // One that still runs could write into what others commit: its transaction is given up. A failure of the
          // transaction itself is not this operation's.
          const isOver = error instanceof OutOfTime || store.isTransient(error)
          if (isOver || isSyncError(error)) throw error
          throw serverFailed(deps, `The server half of ${collection}.${type} failed.`, error)
        } finally {
          spent += clock.monotonic() - start
        }
      },
    }
  }
}

const asObject = (result: unknown): Readonly<Record<string, unknown>> => {
  if (typeof result === 'object' && result !== null) return { ...result }
  throw new Error('A server half has to return what its record should be.')
}
