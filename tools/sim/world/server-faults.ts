import type { SeededRandom } from '@holdfast/core/testing'
import type { Sim } from './sim.ts'

/** What a server's database and the app's own code can't do for a while. */
export interface ServerFaults {
  /** Fails for some operations, for now: each is drawn once. */
  readonly failsNow: (kind: string, operationId: string, share: number) => boolean
  /** Nothing can be decided on some records, until some time. */
  readonly isStubborn: (record: string) => boolean
}

export const createServerFaults = (
  { swarm, time, random, isChaos }: Sim,
  draws: SeededRandom,
): ServerFaults => {
  const moods = random.fork('stubborn')
  const failing = new Set<string>()
  const judged = new Set<string>()
  const stubbornUntil = new Map<string, number>()
  return {
    failsNow(kind, operationId, share) {
      const key = `${kind} ${operationId}`
      if (!judged.has(key)) {
        judged.add(key)
        if (draws.chance(share)) failing.add(key)
      }
      if (!failing.has(key) || !isChaos()) return false
      if (draws.chance(0.15)) failing.delete(key)
      return true
    },
    isStubborn(record) {
      if (swarm.server.stubborn === 0 || !isChaos()) return false
      if (!stubbornUntil.has(record)) {
        const isSo = moods.chance(swarm.server.stubborn)
        stubbornUntil.set(record, isSo ? time.now() + moods.between(1_000, 15_000) : 0)
      }
      return time.now() < (stubbornUntil.get(record) ?? 0)
    },
  }
}
