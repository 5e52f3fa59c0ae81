import { runWorld } from '../world/run-world.ts'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'

export interface Caught {
  readonly name: string
  /** How many seeds were run until one showed it; undefined: none did. */
  readonly seeds: number | undefined
  readonly promise: string
  readonly message: string
  /** Seeds that fail without the bug too: then nothing is shown. */
  readonly innocent: readonly number[]
}

/** Whether the world of this seed breaks no promise by itself. */
export type IsSound = (seed: number, changes: SwarmChanges) => Promise<boolean>

/** Runs each such world once, for however many bugs: what a seed does, it does again. */
export const soundness = (): IsSound => {
  const known = new Map<string, Promise<boolean>>()
  return (seed, changes) => {
    const key = JSON.stringify([seed, changes])
    const found =
      known.get(key) ?? runWorld(seed, undefined, changes).then(({ violation }) => violation === undefined)
    known.set(key, found)
    return found
  }
}

/** Runs seeds with the bug until one breaks a promise, and asks of the same seeds how they are without it. */
export const catchBug = async (
  { name, plants, changes = {} }: PlantedBug,
  { first, most, isSound }: { readonly first: number; readonly most: number; readonly isSound: IsSound },
): Promise<Caught> => {
  const innocent: number[] = []
  for (let seeds = 1; seeds <= most; seeds += 1) {
    const seed = first + seeds - 1
    const { violation } = await runWorld(seed, plants(), changes)
    if (!(await isSound(seed, changes))) innocent.push(seed)
    if (violation === undefined) continue
    return { name, seeds, promise: violation.promise, message: violation.message, innocent }
  }
  return { name, seeds: undefined, promise: '', message: '', innocent }
}
