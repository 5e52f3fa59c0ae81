import type { Environment } from './environment.ts'

/** A clock may tell fractions of a millisecond (`performance.now`); the wire and the databases hold whole ones. */
export const withWholeClock = (environment: Environment): Environment => {
  const { clock, timers, random } = environment
  return {
    clock: { now: () => Math.floor(clock.now()), monotonic: () => clock.monotonic() },
    timers,
    random,
    newId: () => environment.newId(),
  }
}
