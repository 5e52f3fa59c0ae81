import { SyncError, type Timers } from '@holdfast/core'

/**
 * @param run is told when its time is over
 * @throws SyncError NETWORK_UNREACHABLE when `run` takes longer than `ms` milliseconds; what `run` throws
 */
export const withinTime = <TResult>(
  timers: Timers,
  ms: number,
  run: (over: AbortSignal) => Promise<TResult>,
): Promise<TResult> =>
  new Promise((resolve, reject) => {
    const over = new AbortController()
    const cancel = timers.after(ms, () => {
      reject(
        new SyncError('NETWORK_UNREACHABLE', `The server did not answer within ${ms} ms.`, {
          reason: 'no answer',
        }),
      )
      over.abort()
    })
    run(over.signal).then(resolve, reject).finally(cancel)
  })
