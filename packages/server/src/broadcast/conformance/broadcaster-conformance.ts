import type { BroadcasterPlace } from './place.ts'
import { broadcasterRules } from './rules.ts'

export interface BroadcasterConformanceOptions {
  /** The runner of any test framework, e.g. vitest's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Makes a new place. Each rule gets its own and disposes of it. */
  readonly place: () => Promise<BroadcasterPlace>
}

/** Registers one test for each rule of a broadcaster. `docs/spec/live.md` lists them in the same words. */
export const broadcasterConformance = ({ test, place }: BroadcasterConformanceOptions): void => {
  for (const { id, title, check } of broadcasterRules) {
    test(`[${id}] ${title}`, async () => {
      const opened = await place()
      try {
        await check(opened)
      } finally {
        await opened.dispose()
      }
    })
  }
}
