import { attemptRules } from './attempt-rules.ts'
import { clientRules } from './client-rules.ts'
import { feedRules } from './feed-rules.ts'
import { countRules, keyRules } from './key-rules.ts'
import { limitRules } from './limit-rules.ts'
import { outboxRules } from './outbox-rules.ts'
import { retentionRules } from './retention-rules.ts'
import { checkRule, type ServerStorePlace, type ServerStoreRule } from './rule.ts'
import { transactionRules } from './transaction-rules.ts'
import { versionRules } from './version-rules.ts'

export interface ServerStoreConformanceOptions {
  /** The runner of any test framework, e.g. vitest's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Makes a new, empty database. Each rule gets its own and disposes of it. */
  readonly store: () => Promise<ServerStorePlace>
}

/** All rules, in the order of their numbers. `docs/spec/server.md` lists them in the same words. */
export const serverStoreRules: readonly ServerStoreRule[] = [
  ...transactionRules,
  ...feedRules,
  ...clientRules,
  ...limitRules,
  ...keyRules,
  ...attemptRules,
  ...retentionRules,
  ...outboxRules,
  ...versionRules,
  ...countRules,
]

/** Registers one test for each rule of a server store. The number of tests is the same for every store. */
export const serverStoreConformance = ({ test, store }: ServerStoreConformanceOptions): void => {
  for (const rule of serverStoreRules) test(`[${rule.id}] ${rule.title}`, () => checkRule(rule, store))
}
