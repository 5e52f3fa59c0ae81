import { expect } from 'vitest'
import type { ErrorCode } from '@holdfast/core'
import type { Entry, ExternalCommit } from '@holdfast/core/storage'
import type { Page } from 'playwright-core'
import type { Outcome } from '../browser/tab-page.ts'

/** Commits on the handle of the tab; an undefined value removes its key. */
export const commit = (page: Page, entries: Readonly<Record<string, string | undefined>>): Promise<Outcome> =>
  page.evaluate(
    (writes) => window.tab.commit({ expect: [], writes }),
    Object.entries(entries).map(([key, value]) => ({ key, value })),
  )

export const valueIn = async (page: Page, key: string): Promise<string | undefined> => {
  const outcome = await page.evaluate((get) => window.tab.read([{ get }]), key)
  if ('code' in outcome) throw new Error(outcome.message)
  const [entry] = outcome.value as readonly (Entry | undefined)[]
  return entry?.value
}

export const heardIn = (page: Page): Promise<(ExternalCommit | 'complete')[]> =>
  page.evaluate(() => window.tab.heard)

/** A call's outcome with this code and a sentence like this. */
export const refusal = (
  code: ErrorCode,
  sentence: RegExp,
): { readonly code: string; readonly message: unknown } => ({
  code,
  message: expect.stringMatching(sentence),
})
