import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { replaySchema, type Replay } from './replay.ts'
import type { SwarmChanges } from './world/swarm.ts'

const file = `${import.meta.dirname}/regressions.json`

/** `note`: what it once showed. */
const schema = z.array(replaySchema.extend({ note: z.string() }))

const kept = new Map(
  schema
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .map(({ note: _note, ...replay }) => [replay.seed, replay]),
)

/** Seeds that once failed. They always run first. */
export const regressions: readonly number[] = [...kept.keys()]

/** How a seed is run: as it was when it failed, or as it comes, with what is set by hand. */
export const replayOf = (seed: number, params?: SwarmChanges): Replay =>
  kept.get(seed) ?? (params === undefined ? { seed } : { seed, params })
