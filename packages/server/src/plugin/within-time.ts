import type { Timers } from '@holdfast/core'

/** What `withinTime` rejects with. */
export class OutOfTime extends Error {}

/** Rejects when `run` has not settled after `ms` milliseconds. What it started goes on, unheard. */
export const withinTime = <TResult>(
  timers: Timers,
  ms: number,
  run: () => Promise<TResult>,
): Promise<TResult> =>
  new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(new OutOfTime(`It took longer than ${ms} ms.`)))
    run().then(resolve, reject).finally(cancel)
  })
