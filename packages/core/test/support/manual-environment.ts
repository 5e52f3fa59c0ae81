import { systemEnvironment, type Environment } from '@holdfast/core'

/** A clock that only a test moves, and timers that fire when it does. Ids stay unique over all devices. */
export interface ManualEnvironment extends Environment {
  /** Moves the clock, firing what falls due on the way, in order. */
  readonly advance: (ms: number) => void
  /** Milliseconds until each armed timer, soonest first. */
  readonly waits: () => readonly number[]
  /** What `random.next()` gives. */
  jitter: number
}

interface Armed {
  readonly at: number
  readonly run: () => void
}

export const manualEnvironment = (startAt = 1_750_000_000_000): ManualEnvironment => {
  let now = startAt
  const armed = new Set<Armed>()
  const sorted = (): readonly Armed[] => [...armed].toSorted((left, right) => left.at - right.at)

  const environment: ManualEnvironment = {
    jitter: 0.5,
    clock: { now: () => now, monotonic: () => now - startAt },
    timers: {
      after(ms, run) {
        const timer = { at: now + ms, run }
        armed.add(timer)
        return () => void armed.delete(timer)
      },
    },
    random: { next: () => environment.jitter, bytes: systemEnvironment.random.bytes },
    newId: systemEnvironment.newId,
    advance(ms) {
      const end = now + ms
      for (let [due] = sorted(); due !== undefined && due.at <= end; [due] = sorted()) {
        armed.delete(due)
        now = Math.max(now, due.at)
        due.run()
      }
      now = end
    },
    waits: () => sorted().map(({ at }) => at - now),
  }
  return environment
}
