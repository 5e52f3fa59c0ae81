import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { SwarmChanges } from './world/swarm.ts'

const file = `${import.meta.dirname}/regressions.json`

const numbers = z.record(z.string(), z.union([z.number(), z.record(z.string(), z.number())]))

const schema = z.array(
  z.object({
    seed: z.int(),
    /** What it once showed. */
    note: z.string(),
    /** Set by hand, so that what is seldom comes together. */
    params: z.record(z.string(), z.union([z.number(), z.boolean(), numbers])).optional(),
  }),
)

const kept = schema.parse(JSON.parse(readFileSync(file, 'utf8')))

/** Seeds that once failed. They always run first. */
export const regressions: readonly number[] = kept.map(({ seed }) => seed)

const changes = new Map(kept.map(({ seed, params }) => [seed, params as SwarmChanges | undefined]))

/** What a kept seed sets by hand. */
export const changesOf = (seed: number): SwarmChanges => changes.get(seed) ?? {}
