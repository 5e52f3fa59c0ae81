import { systemEnvironment, type Environment } from '@holdfast/core'

/** The machine's clock, that a story can put on by weeks: whatever falls due on the way is done in its order. */
export interface SkippingClock extends Environment {
  readonly skip: (ms: number) => void
}

interface Armed {
  readonly at: number
  readonly run: () => void
  readonly cancel: () => void
}

export const minute = 60_000
const hour = 60 * minute
export const day = 24 * hour

export const skippingClock = (): SkippingClock => {
  const { clock, timers } = systemEnvironment
  const armed = new Set<Armed>()
  let skipped = 0
  const monotonic = (): number => clock.monotonic() + skipped

  return {
    ...systemEnvironment,
    clock: { now: () => Math.floor(clock.now() + skipped), monotonic },
    timers: {
      after(ms, run) {
        const fire = (): void => {
          cancel()
          run()
        }
        const timer: Armed = { at: monotonic() + ms, run: fire, cancel: timers.after(ms, fire) }
        const cancel = (): void => {
          timer.cancel()
          armed.delete(timer)
        }
        armed.add(timer)
        return cancel
      },
    },
    skip(ms) {
      const end = monotonic() + ms
      for (;;) {
        const [due] = [...armed].toSorted((left, right) => left.at - right.at)
        if (due === undefined || due.at > end) break
        skipped += Math.max(0, due.at - monotonic())
        due.run()
      }
      skipped += Math.max(0, end - monotonic())
    },
  }
}
