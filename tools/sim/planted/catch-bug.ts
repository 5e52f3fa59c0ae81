import { runWorld } from '../world/run-world.ts'
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

/** Runs seeds with the bug until one breaks a promise, and the same seeds without it. */
export const catchBug = async (
  { name, plants, changes = {} }: PlantedBug,
  first: number,
  most: number,
): Promise<Caught> => {
  const innocent: number[] = []
  for (let seeds = 1; seeds <= most; seeds += 1) {
    const seed = first + seeds - 1
    const { violation } = await runWorld(seed, plants(), changes)
    const without = await runWorld(seed, undefined, changes)
    if (without.violation !== undefined) innocent.push(seed)
    if (violation === undefined) continue
    return { name, seeds, promise: violation.promise, message: violation.message, innocent }
  }
  return { name, seeds: undefined, promise: '', message: '', innocent }
}
