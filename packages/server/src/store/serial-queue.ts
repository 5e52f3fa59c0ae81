import { setImmediate } from 'node:timers/promises'

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

/** A serial queue for each name. Keeps nothing of names under which nothing runs. */
export interface Turns {
  /** Without a name: at once. */
  readonly run: <TResult>(name: string | undefined, task: () => Promise<TResult>) => Promise<TResult>
}

export const createTurns = (): Turns => {
  const lines = new Map<string, { readonly queue: SerialQueue; waiting: number }>()
  return {
    async run(name, task) {
      if (name === undefined) return await task()
      const line = lines.get(name) ?? { queue: createSerialQueue(), waiting: 0 }
      lines.set(name, line)
      line.waiting += 1
      try {
        if (line.waiting === 1) return await line.queue.run(task)
        // Where the driver answers at once, as SQLite's does, those that wait would keep the event loop to themselves.
        return await line.queue.run(async () => {
          await setImmediate()
          return await task()
        })
      } finally {
        line.waiting -= 1
        if (line.waiting === 0) lines.delete(name)
      }
    },
  }
}
