import type { Environment } from '../base/environment.ts'
import { systemEnvironment } from '../base/system-environment.ts'
import type { Conflict, ConflictStrategy } from '../model/strategy.ts'
import { createSeededRandom } from './simulation/seeded-random.ts'
import { answerRules } from './strategy-conformance/answer-rules.ts'
import { generateConflicts, type Samples } from './strategy-conformance/generate-conflicts.ts'
import { purityRules } from './strategy-conformance/purity-rules.ts'
import type { StrategyRule } from './strategy-conformance/rule.ts'
import { symmetryRules } from './strategy-conformance/symmetry-rules.ts'

export interface StrategyConformanceOptions {
  /** The runner of any test framework, e.g. vitest's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Makes the strategy, as each device and the server does for itself. */
  readonly strategy: () => ConflictStrategy
  /**
   * True: of two concurrent writes it does not count which arrives first (last write wins, the larger number). Then
   * devices end with the same values without asking the server's order.
   */
  readonly symmetric?: boolean
  /** By field, values that the strategy is made for; tried besides those that any field may have. */
  readonly samples?: Samples
  /** Other seeds give other conflicts of several fields; the same seed always the same. */
  readonly seed?: string
  /** For the pause between two times of asking. */
  readonly environment?: Environment
}

/** All rules, in the order of their numbers. `docs/spec/model.md` lists them in the same words. */
export const strategyRules: readonly StrategyRule[] = [...purityRules, ...answerRules, ...symmetryRules]

/** Registers one test for each rule of conflict strategies. The number of tests is the same for every strategy. */
export const strategyConformance = (options: StrategyConformanceOptions): void => {
  const { test, strategy, symmetric = false, samples = {}, seed = 'strategies' } = options
  const environment = options.environment ?? systemEnvironment
  let generated: readonly Conflict[] | undefined
  for (const { id, title, check } of strategyRules) {
    test(`[${id}] ${title}`, async () => {
      const conflicts = (generated ??= generateConflicts(createSeededRandom(seed), samples))
      await check({ make: strategy, symmetric, conflicts, environment })
    })
  }
}
