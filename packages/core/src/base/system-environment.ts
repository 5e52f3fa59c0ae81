import { v7 } from 'uuid'
import type { Environment } from './environment.ts'

/** Milliseconds. Longer timers would fire at once. */
export const longestTimer = 2_147_483_647

/** The environment of the machine. The only file of core that touches clocks, timers and randomness. */
export const systemEnvironment: Environment = {
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  timers: {
    after(ms, run) {
      const timer = setTimeout(run, Math.min(ms, longestTimer))
      return () => clearTimeout(timer)
    },
  },
  random: {
    next: () => Math.random(),
    bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  },
  newId: () => v7(),
}

export const systemFetch: typeof globalThis.fetch = (input, init) => fetch(input, init)
