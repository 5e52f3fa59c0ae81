import type { Environment } from '@holdfast/core'

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

/** Milliseconds after which the event loop gets its turn. */
const longestTurn = 10

export const createTurns = ({ clock, timers }: Pick<Environment, 'clock' | 'timers'>): Turns => {
  let turn = clock.monotonic()
  /** Where the driver answers at once, as SQLite's does, those that wait would keep the event loop to themselves. */
  const letOthers = async (): Promise<void> => {
    if (clock.monotonic() - turn < longestTurn) return
    await new Promise<void>((resolve) => {
      timers.after(0, resolve)
    })
    turn = clock.monotonic()
  }
  const lines = new Map<string, { readonly queue: SerialQueue; waiting: number }>()
  return {
    async run(name, task) {
      if (name === undefined) return await task()
      const line = lines.get(name) ?? { queue: createSerialQueue(), waiting: 0 }
      lines.set(name, line)
      line.waiting += 1
      try {
        if (line.waiting === 1) return await line.queue.run(task)
        return await line.queue.run(async () => {
          await letOthers()
          return await task()
        })
      } finally {
        line.waiting -= 1
        if (line.waiting === 0) lines.delete(name)
      }
    },
  }
}
