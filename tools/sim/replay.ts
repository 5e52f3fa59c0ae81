import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { plantedBug } from './planted/bugs.ts'
import { nothingPlanted, type Plants } from './planted/plants.ts'
import { storesByName, storesNames } from './stores/stores.ts'
import type { WorldObserver } from './world/run-options.ts'
import { runWorld, type Outcome } from './world/run-world.ts'
import type { SwarmChanges } from './world/swarm.ts'

const numbers = z.record(z.string(), z.union([z.number(), z.record(z.string(), z.number())]))

/** Set by hand: what is seldom comes together, or what does not matter is left out. */
export const paramsSchema = z
  .record(z.string(), z.union([z.number(), z.boolean(), z.string(), numbers]))
  .transform((params) => params as SwarmChanges)

/** All that decides what happens in a world. */
export const replaySchema = z.object({
  seed: z.int(),
  params: paramsSchema.optional(),
  /** Of the actions, by their number, only these happen. */
  only: z.array(z.int()).optional(),
  stores: z.enum(storesNames).optional(),
  /** The name of a planted bug. */
  bug: z.string().optional(),
})
export type Replay = z.output<typeof replaySchema>

/** Somebody who watches a world from within, and changes nothing. */
export interface WorldWatch extends WorldObserver {
  readonly plants: (inner: Plants) => Plants
}

export const runReplay = (
  { seed, params = {}, only, stores = 'memory', bug }: Replay,
  watch?: WorldWatch,
): Promise<Outcome> => {
  const plants = bug === undefined ? nothingPlanted : plantedBug(bug).plants()
  return runWorld(seed, watch?.plants(plants) ?? plants, params, {
    ...storesByName[stores],
    only: only && new Set(only),
    observer: watch,
  })
}

/** @param text JSON, or the name of a file that holds it */
export const readReplay = (text: string): Replay =>
  replaySchema.parse(JSON.parse(text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8')))

/** What runs it again, from a shell. */
export const commandOf = (replay: Replay): string =>
  `pnpm sim --replay '${JSON.stringify(replay).replaceAll("'", `'\\''`)}'`
