import { readFileSync } from 'node:fs'
import { z } from 'zod'

const file = `${import.meta.dirname}/regressions.json`

const schema = z.array(
  z.object({
    seed: z.int(),
    /** What it once showed. */
    note: z.string(),
  }),
)

/** Seeds that once failed. They always run first. */
export const regressions: readonly { readonly seed: number; readonly note: string }[] = schema.parse(
  JSON.parse(readFileSync(file, 'utf8')),
)
