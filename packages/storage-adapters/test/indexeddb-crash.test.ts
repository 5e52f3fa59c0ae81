import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Entry } from '@holdfast/core/storage'
import type { BrowserContext, Page } from 'playwright-core'
import { serveScript } from '../../../tools/chromium/serve-script.ts'
import { spawnChromium } from '../../../tools/chromium/spawn-chromium.ts'
import { hasNewLog, tearLog } from '../../../tools/chromium/tear-log.ts'
import { openTab, scriptOf } from './support/browser.ts'
import { temporaryFolder, type TemporaryFolder } from './support/temporary.ts'

let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

interface Writer {
  readonly page: Page
  /** The number of the last commit that the page said was resolved. */
  readonly acknowledged: () => number
  /** Resolves when so many commits were acknowledged. */
  readonly after: (count: number) => Promise<void>
}

/** A tab that commits as fast as it can, each commit with a number, from this one on. */
const startWriter = async (
  context: BrowserContext,
  first: number,
  durability: 'strict' | 'relaxed',
): Promise<Writer> => {
  const page = await openTab(context)
  let acknowledged = first - 1
  let heard = (): void => undefined
  await page.exposeFunction('acknowledge', (number: number) => {
    acknowledged = number
    heard()
  })
  expect(await page.evaluate((chosen) => window.tab.open({ durability: chosen }), durability)).toEqual({
    value: undefined,
  })
  await page.evaluate((number) => {
    const { acknowledge } = window as unknown as { readonly acknowledge: (commit: number) => Promise<void> }
    void window.tab.commitFrom(number, acknowledge)
  }, first)
  return {
    page,
    acknowledged: () => acknowledged,
    after: (count) =>
      new Promise((resolve) => {
        heard = () => {
          if (acknowledged >= first + count - 1) resolve()
        }
        heard()
      }),
  }
}

/** Every commit is there whole or not at all, up to the last one, whose number is the answer. */
const lastWholeCommit = async (context: BrowserContext): Promise<number> => {
  const page = await openTab(context)
  expect(await page.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  const outcome = await page.evaluate(() => window.tab.read([{ scan: 'n/' }, { get: 'last' }]))
  if ('code' in outcome) throw new Error(outcome.message)
  const [entries, last] = outcome.value as readonly [readonly Entry[], Entry | undefined]
  const counts = new Map<number, number>()
  for (const { key, value } of entries) {
    const number = Number(key.split('/')[1])
    expect(value).toBe(`${number}`.repeat(1 + (number % 300)))
    counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  const lastNumber = Number(last?.value ?? -1)
  expect(counts.size).toBe(lastNumber + 1)
  for (const [number, count] of counts) expect(count).toBe(1 + (number % 40))
  await page.close()
  return lastNumber
}

test('[IX10] every acknowledged commit survives kill -9 of the browser, and none is torn', async () => {
  const script = await scriptOf('tab-page.ts')
  let last = -1
  for (const [round, count] of [1, 12, 50].entries()) {
    await using browser = await spawnChromium(folder.path('profile'))
    const { context } = browser
    await serveScript(context, script)
    const found = await lastWholeCommit(context)
    expect(found).toBeGreaterThanOrEqual(last)
    const writer = await startWriter(context, found + 1, round % 2 === 0 ? 'strict' : 'relaxed')
    await writer.after(count)
    await browser.kill()
    last = writer.acknowledged()
  }
  await using browser = await spawnChromium(folder.path('profile'))
  const { context } = browser
  await serveScript(context, script)
  expect(await lastWholeCommit(context)).toBeGreaterThanOrEqual(last)
})

test("[IX11] half a record at the end of Chromium's log, as a kill leaves it, costs nothing", async () => {
  const script = await scriptOf('tab-page.ts')
  let last = -1
  for (let life = 1; life <= 4; life += 1) {
    await using browser = await spawnChromium(folder.path('profile'))
    const { context } = browser
    await serveScript(context, script)
    const found = await lastWholeCommit(context)
    expect(found).toBeGreaterThanOrEqual(last)
    const writer = await startWriter(context, found + 1, 'relaxed')
    await writer.after(8)
    await expect.poll(() => hasNewLog(folder.path('profile')), { timeout: 20_000 }).toBe(true)
    await browser.kill()
    last = writer.acknowledged()
    tearLog(folder.path('profile'))
  }
})

test('[IX10] every acknowledged commit survives the end of its tab, and none is torn', async () => {
  await using browser = await spawnChromium(folder.path('profile'))
  const { context } = browser
  await serveScript(context, await scriptOf('tab-page.ts'))
  const close = (page: Page): Promise<void> => page.close()
  const crash = async (page: Page): Promise<void> => {
    const crashed = page.waitForEvent('crash')
    await page.goto('chrome://crash').catch(() => undefined)
    await crashed
  }
  let next = 0
  for (const [count, end] of [
    [1, close],
    [3, crash],
    [20, close],
    [40, crash],
  ] as const) {
    const writer = await startWriter(context, next, 'relaxed')
    await writer.after(count)
    await end(writer.page)
    const last = await lastWholeCommit(context)
    expect(last).toBeGreaterThanOrEqual(writer.acknowledged())
    next = last + 1
  }
})
