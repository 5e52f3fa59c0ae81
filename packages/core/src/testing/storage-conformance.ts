import type { Environment } from '../base/environment.ts'
import { systemEnvironment } from '../base/system-environment.ts'
import { announcementRules } from './storage-conformance/announcement-rules.ts'
import { commitRules } from './storage-conformance/commit-rules.ts'
import { crashRules } from './storage-conformance/crash-rules.ts'
import { expectationRules } from './storage-conformance/expectation-rules.ts'
import { handleRules } from './storage-conformance/handle-rules.ts'
import { manifestRules } from './storage-conformance/manifest-rules.ts'
import { readRules } from './storage-conformance/read-rules.ts'
import { refusalRules } from './storage-conformance/refusal-rules.ts'
import { revisionRules } from './storage-conformance/revision-rules.ts'
import { checkRule, type StorageRule } from './storage-conformance/rule.ts'
import { scanRules } from './storage-conformance/scan-rules.ts'
import type { StoragePlace } from './storage-conformance/place.ts'
import { valueRules } from './storage-conformance/value-rules.ts'

export interface StorageConformanceOptions {
  /** The runner of any test framework, e.g. vitest's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Makes a new, empty place. Each rule gets its own and disposes of it. */
  readonly adapter: () => Promise<StoragePlace>
  /** For the pauses while announcements are awaited. */
  readonly environment?: Environment | undefined
}

/** All rules, in the order of their numbers. `docs/spec/storage.md` lists them in the same words. */
export const storageRules: readonly StorageRule[] = [
  ...manifestRules,
  ...readRules,
  ...scanRules,
  ...valueRules,
  ...commitRules,
  ...expectationRules,
  ...refusalRules,
  ...revisionRules,
  ...handleRules,
  ...announcementRules,
  ...crashRules,
]

/** Registers one test for each storage rule. The number of tests is the same for every adapter. */
export const storageConformance = (options: StorageConformanceOptions): void => {
  const { test, adapter, environment = systemEnvironment } = options
  for (const rule of storageRules) {
    test(`[${rule.id}] ${rule.title}`, () => checkRule(rule, adapter, environment))
  }
}
