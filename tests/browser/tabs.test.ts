import { expect, test } from 'vitest'
import type { BrowserContext, Page } from 'playwright-core'
import { serveScript } from '../../tools/chromium/serve-script.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { figure } from '../harness/figure.ts'
import { startServer } from '../harness/server.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('app-page.ts')

interface Tab {
  readonly page: Page
  readonly name: string
  /** Requests to the server so far. */
  requests: number
}

const openTab = async (context: BrowserContext, url: string, name: string): Promise<Tab> => {
  const page = await context.newPage()
  const tab: Tab = { page, name, requests: 0 }
  page.on('request', (request) => {
    if (request.url().includes('/trpc')) tab.requests += 1
  })
  await page.goto(`${url}/app?user=anna&one`)
  await expect.poll(() => page.locator('#state').textContent(), { timeout: 20_000 }).toBe('synced')
  return tab
}

/** Writes one after the other, each durable before the next. */
const writeAll = ({ page, name }: Tab, from: number, to: number): Promise<unknown> =>
  page.evaluate(
    async ({ tab, first, last }) => {
      const { tasks } = (await window.app).collections
      for (let index = first; index < last; index += 1)
        await tasks.create({ id: `${tab}-${String(index).padStart(3, '0')}`, title: `${tab} ${index}` })
    },
    { tab: name, first: from, last: to },
  )

const tabs = 5
const each = 200

test(
  `[TB3] [P03] [P04] ${tabs} tabs write ${each} operations each; the one that syncs is closed, the next one freezes: all take effect once, in order`,
  { timeout: 180_000 },
  async () => {
    await using closing = new AsyncDisposableStack()
    const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
    const server = closing.use(await startServer({ schema, database }))
    server.tokens.set('token of anna', { id: 'anna' })
    const { browser, script } = started()
    const context = closing.adopt(await browser.newContext(), (open) => open.close())
    await serveScript(context, script, `${server.url}/app*`)
    const all: Tab[] = []
    for (let index = 0; index < tabs; index += 1) all.push(await openTab(context, server.url, `tab${index}`))
    const [first] = all
    // Each new one was told by the first.
    expect(all.slice(1).map(({ requests }) => requests)).toEqual([0, 0, 0, 0])

    const leader = async (among: readonly Tab[]): Promise<Tab> => {
      const before = among.map(({ requests }) => requests)
      let found: Tab | undefined
      await expect
        .poll(
          () => {
            found = among.find(({ requests }, index) => requests > (before[index] ?? 0))
            return found?.name
          },
          { timeout: 20_000 },
        )
        .toBeDefined()
      if (found === undefined) throw new Error('Nobody syncs.')
      return found
    }

    await Promise.all(all.map((tab) => writeAll(tab, 0, each / 2)))
    if (first === undefined) throw new Error('There is no tab.')
    const closed = performance.now()
    await writeAll(first, each / 2, each)
    await first.page.close()
    const rest = all.slice(1)
    const writing = Promise.all(rest.map((tab) => writeAll(tab, each / 2, each - 10)))
    const second = await leader(rest)
    const tookOver = performance.now() - closed
    await writing
    await writeAll(second, each - 10, each)

    // Browsers freeze no page in the middle of a transaction of IndexedDB, which would hold up all tabs.
    await expect.poll(() => second.page.locator('#state').textContent(), { timeout: 20_000 }).toBe('synced')
    const session = await context.newCDPSession(second.page)
    // Chromium does not freeze a page that it takes for visible; a debugger stops all that runs in it.
    await session.send('Debugger.enable')
    await session.send('Debugger.pause')
    const others = rest.filter((tab) => tab !== second)
    const frozenAt = performance.now()
    const last = Promise.all(others.map((tab) => writeAll(tab, each - 10, each)))
    const third = await leader(others)
    const thawed = performance.now() - frozenAt
    await last
    await expect
      .poll(() => server.prisma.holdfastRecord.count({ where: { deleted: false } }), { timeout: 60_000 })
      .toBe(tabs * each)
    expect(third).not.toBe(second)
    await session.send('Debugger.resume')
    await session.send('Debugger.disable')
    for (const { page } of rest)
      await expect.poll(() => page.locator('#state').textContent(), { timeout: 20_000 }).toBe('synced')

    const operations = await server.prisma.holdfastOperation.findMany({ orderBy: { clientSeq: 'asc' } })
    expect(operations).toHaveLength(tabs * each)
    for (const { name } of all) {
      const own = operations.map(({ recordId }) => recordId).filter((id) => id.startsWith(name))
      expect(own).toEqual(own.toSorted())
      expect(own).toHaveLength(each)
    }
    expect(tookOver).toBeLessThan(20_000)
    figure(
      `${tabs} tabs, ${tabs * each} operations, each once and in order: another tab synced ${Math.round(tookOver)} ms after the one that did was closed, and ${Math.round(thawed)} ms after the next one was frozen`,
    )
  },
)
