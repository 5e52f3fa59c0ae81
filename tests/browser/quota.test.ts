import { expect, test } from 'vitest'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { openPage } from './open-page.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('app-page.ts')

const shown = (page: Page, id: 'state' | 'tasks') =>
  expect.poll(() => page.locator(`#${id}`).textContent(), { timeout: 20_000 })

interface Quota {
  readonly limit: (bytes: number) => Promise<unknown>
  readonly lift: () => Promise<unknown>
  /** What the browser itself goes by. */
  readonly inForce: () => Promise<number>
}

const quotaOf = async (context: BrowserContext, page: Page, origin: string): Promise<Quota> => {
  const session: CDPSession = await context.newCDPSession(page)
  return {
    limit: (quotaSize) => session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize }),
    lift: () => session.send('Storage.overrideQuotaForOrigin', { origin }),
    inForce: async () => (await session.send('Storage.getUsageAndQuota', { origin })).quota,
  }
}

/** Another device, with little space from the first moment on: IndexedDB goes for some seconds by what it knew before. */
const limitedPage = async (
  closing: AsyncDisposableStack,
  url: string,
): Promise<{ readonly page: Page; readonly quota: Quota }> => {
  const { browser } = started()
  const context = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const page = await context.newPage()
  const quota = await quotaOf(context, page, new URL(url).origin)
  await quota.limit(2_000_000)
  await page.goto(`${url}/app?user=anna`)
  return { page, quota }
}

test('[P01] [P07] a first sync that finds no space shows nothing of it, says so, and goes on once there is some', async () => {
  await using closing = new AsyncDisposableStack()
  const users = ['anna', 'bert']
  const { server, page: other } = await openPage(closing, started(), { users, query: '?user=bert' })
  await shown(other, 'state').toBe('synced')
  await fillScope(other)
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(records)

  const { page, quota } = await limitedPage(closing, server.url)
  await shown(page, 'state').toBe('blocked')
  expect(await codeOf(page)).toBe('STORAGE_FULL')
  expect(await page.locator('#tasks').textContent()).toBe('')
  const { code, stored, operations } = await writeUntilRefused(page)
  expect(code).toBe('STORAGE_FULL')
  expect(operations).toBe(stored)
  expect(await countIn(page)).toBe(stored)

  await quota.lift()
  await page.evaluate(async () => (await window.app).start())
  await shown(page, 'state').toBe('synced')
  expect(await countIn(page)).toBe(records + stored)
})

test('[SH2] a known gap: Chromium tells pages of 10 GiB more than they use, whatever quota is in force', async () => {
  await using closing = new AsyncDisposableStack()
  const { server } = await openPage(closing, started(), {
    users: ['anna', 'bert'],
    query: '?user=bert',
  })
  const { page, quota } = await limitedPage(closing, server.url)
  await shown(page, 'state').toBe('synced')
  expect(await quota.inForce()).toBe(2_000_000)
  const estimate = await page.evaluate(() => navigator.storage.estimate())
  expect((estimate.quota ?? 0) - (estimate.usage ?? 0)).toBe(10 * 2 ** 30)
  // The quota that is in force is told by what is refused alone.
  expect((await writeUntilRefused(page)).code).toBe('STORAGE_FULL')
})

const records = 600

/** With text that does not compress: more than one page of the server, and some megabytes. */
const fillScope = (page: Page): Promise<void> =>
  page.evaluate(async (count) => {
    const { tasks } = (await window.app).collections
    const text = (): string =>
      String.fromCharCode(
        ...crypto.getRandomValues(new Uint16Array(4_000)).map((code) => 1 + (code % 0xd000)),
      )
    await Promise.all(
      Array.from({ length: count }, (_, index) => tasks.create({ title: `${index}`, text: text() })),
    )
  }, records)

/** Writes large records until there is no space for one. */
const writeUntilRefused = (
  page: Page,
): Promise<{ readonly code: string; readonly stored: number; readonly operations: number }> =>
  page.evaluate(async () => {
    const client = await window.app
    const block = (): string =>
      String.fromCharCode(
        ...crypto.getRandomValues(new Uint16Array(30_000)).map((code) => 1 + (code % 0xd000)),
      )
    let code = 'none'
    let stored = 0
    while (code === 'none' && stored < 200) {
      const write = client.collections.tasks.create({ title: `large ${stored}`, text: block() })
      code = await write.then(
        () => 'none',
        (error: { readonly code: string }) => error.code,
      )
      if (code === 'none') stored += 1
    }
    return { code, stored, operations: (await client.operations.list()).length }
  })

const codeOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const { state } = await window.app
    return state.status === 'blocked' ? state.error.code : state.status
  })

const countIn = (page: Page): Promise<number> =>
  page.evaluate(async () => (await window.app).collections.tasks.count())
