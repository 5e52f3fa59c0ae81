import { v7 } from 'uuid'
import type { Cancel, Environment } from '../../base/environment.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** A tab or server that can die at any moment: then its timers are gone and nobody hears of it again. */
export interface SimulatedProcess {
  readonly name: string
  readonly environment: Environment
  readonly isAlive: () => boolean
  readonly kill: () => void
  /** As `timers.after`, named in the trace. */
  readonly after: (ms: number, label: string, run: () => void) => Cancel
}

export interface ProcessOptions {
  readonly name: string
  readonly time: VirtualTime
  readonly random: SeededRandom
  /** What the machine's wall clock shows at the start of virtual time, and how wrong it is by now. */
  readonly wallClock: () => number
}

export const createSimulatedProcess = ({
  name,
  time,
  random,
  wallClock,
}: ProcessOptions): SimulatedProcess => {
  let alive = true

  const after: SimulatedProcess['after'] = (ms, label, run) =>
    time.after(ms, `${name} ${label}`, () => {
      if (alive) run()
    })

  const now = (): number => Math.floor(wallClock() + time.now())

  return {
    name,
    environment: {
      clock: { now, monotonic: time.now },
      timers: { after: (ms, run) => after(ms, 'timer', run) },
      random,
      newId: () => v7({ msecs: now(), random: random.bytes(16) }),
    },
    isAlive: () => alive,
    kill: () => {
      alive = false
    },
    after,
  }
}

/** What a dead process gets for an answer. */
export const never = <TValue>(): Promise<TValue> => new Promise<TValue>(() => undefined)
