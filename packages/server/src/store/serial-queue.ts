/** Runs tasks one after the other, in the order they came. */
export interface SerialQueue {
  readonly run: <TResult>(task: () => Promise<TResult>) => Promise<TResult>
}

export const createSerialQueue = (): SerialQueue => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(task) {
      const result = last.then(task, task)
      last = result.catch(() => undefined)
      return result
    },
  }
}
