import type { Environment } from './environment.ts'
import { createUuids } from './uuid.ts'

/** Longer timers would fire at once. */
const longestTimer = 2_147_483_647

const clock: Environment['clock'] = { now: () => Date.now(), monotonic: () => performance.now() }

const random: Environment['random'] = {
  next: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

/** The environment of the machine. The only file of core that touches clocks, timers and randomness. */
export const systemEnvironment: Environment = {
  clock,
  timers: {
    after(ms, run) {
      const timer = setTimeout(run, Math.min(ms, longestTimer))
      return () => clearTimeout(timer)
    },
  },
  random,
  newId: createUuids({ clock, random }),
}

export const systemFetch: typeof globalThis.fetch = (input, init) => fetch(input, init)
