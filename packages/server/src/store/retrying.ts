import type { Environment } from '@holdfast/core'

export interface RetryOptions {
  readonly environment: Environment
  readonly attempts: number
  readonly isTransient: (error: unknown) => boolean
}

const firstPauseMs = 10
const maxPauseMs = 500

/** Runs again after failures that pass by themselves, with growing, jittered pauses, a bounded number of times. */
export const retrying = async <TResult>(
  { environment, attempts, isTransient }: RetryOptions,
  run: () => Promise<TResult>,
): Promise<TResult> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt >= attempts || !isTransient(error)) throw error
      const ceiling = Math.min(maxPauseMs, firstPauseMs * 2 ** attempt)
      await pause(environment, ceiling * (0.5 + environment.random.next() / 2))
    }
  }
}

const pause = (environment: Environment, ms: number): Promise<void> =>
  new Promise((resolve) => {
    environment.timers.after(ms, resolve)
  })
