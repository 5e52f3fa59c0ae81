import { SyncError, type Timers } from '@holdfast/core'

/** @throws SyncError NETWORK_UNREACHABLE when `run` takes longer than `ms` milliseconds; what `run` throws */
export const withinTime = <TResult>(
  timers: Timers,
  ms: number,
  run: () => Promise<TResult>,
): Promise<TResult> =>
  new Promise((resolve, reject) => {
    const message = `The server did not answer within ${ms} ms; the request was taken back.`
    const cancel = timers.after(ms, () =>
      reject(new SyncError('NETWORK_UNREACHABLE', message, { reason: 'no answer' })),
    )
    run().then(resolve, reject).finally(cancel)
  })
