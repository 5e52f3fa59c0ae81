import { isDeepStrictEqual } from 'node:util'
import { runReplay, type Replay } from '../replay.ts'
import type { Outcome } from '../world/run-world.ts'
import { changeSwarm } from '../world/swarm.ts'
import { fewest } from './delta.ts'
import { mergeChanges, simplerWorlds } from './simpler.ts'

export interface Shrunk {
  readonly replay: Replay
  readonly outcome: Outcome
  /** How many worlds were run for it. */
  readonly runs: number
  /** What happened before, and what happens now. */
  readonly events: { readonly before: number; readonly after: number }
}

export interface ShrinkOptions {
  readonly mostRuns?: number
  readonly run?: (replay: Replay) => Promise<Outcome>
}

/** A simpler world may have a few events more. */
const tolerance = 1.1

/**
 * Looks for a smaller world in which the same promise breaks: fewer actions, fewer devices, fewer faults. Undefined
 * where nothing breaks to begin with.
 */
export const shrink = async (
  replay: Replay,
  { mostRuns = 300, run = runReplay }: ShrinkOptions = {},
): Promise<Shrunk | undefined> => {
  const first = await run(replay)
  const promise = first.violation?.promise
  if (promise === undefined) return undefined
  let best = { replay, outcome: first }
  let runs = 1
  const isSpent = (): boolean => runs >= mostRuns

  /** Takes the candidate where the promise breaks in it too. */
  const takes = async (candidate: Replay): Promise<boolean> => {
    if (isSpent()) return false
    runs += 1
    const outcome = await run(candidate)
    const isSmaller = outcome.events <= best.outcome.events * tolerance
    if (outcome.violation?.promise !== promise || !isSmaller) return false
    best = { replay: candidate, outcome }
    return true
  }

  const leaveOutActions = async (): Promise<boolean> => {
    const all = best.replay.only ?? Array.from({ length: best.outcome.actions }, (_, index) => index)
    const some = await fewest(all, (only) => takes({ ...best.replay, only: [...only] }), isSpent)
    return some.length < all.length
  }

  const simplify = async (): Promise<boolean> => {
    let isSimpler = false
    for (const changes of simplerWorlds) {
      const { swarm } = best.outcome
      if (isDeepStrictEqual(changeSwarm(swarm, changes), swarm)) continue
      const params = mergeChanges(best.replay.params ?? {}, changes)
      if (await takes({ ...best.replay, params })) isSimpler = true
    }
    return isSimpler
  }

  while (!isSpent()) {
    const [isShorter, isSimpler] = [await leaveOutActions(), await simplify()]
    if (!isShorter && !isSimpler) break
  }
  const events = { before: first.events, after: best.outcome.events }
  return { ...best, runs, events }
}
