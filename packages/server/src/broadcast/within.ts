import type { Timers } from '@holdfast/core'

/** Rejects when it takes longer. What becomes of it afterwards nobody hears. */
export type Within = <TResult>(ms: number, work: Promise<TResult>) => Promise<TResult>

export const createWithin =
  (timers: Timers): Within =>
  (ms, work) =>
    new Promise((resolve, reject) => {
      const cancel = timers.after(ms, () => reject(new Error(`No answer within ${ms} ms.`)))
      work.then(resolve, reject).finally(cancel)
    })
