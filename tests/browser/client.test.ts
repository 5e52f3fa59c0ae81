import { beforeAll, expect, test } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { launchChromium } from '../../tools/chromium/launch.ts'
import { serveScript } from '../../tools/chromium/serve-script.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { startServer, type TestServer } from '../harness/server.ts'

let script: string
let browser: Browser
beforeAll(async () => {
  script = await bundleScript(`${import.meta.dirname}/app-page.ts`)
  browser = await launchChromium()
  return () => browser.close()
}, 60_000)

const openServer = async (closing: AsyncDisposableStack): Promise<TestServer> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  return closing.use(await startServer({ schema, database }))
}

/** A device of its own, which loads the app without a network as well: a service worker would see to that. */
const openDevice = async (server: TestServer): Promise<BrowserContext> => {
  const context = await browser.newContext()
  await serveScript(context, script, `${server.url}/app*`)
  return context
}

const openApp = async (context: BrowserContext, server: TestServer, user: string): Promise<Page> => {
  server.tokens.set(`token of ${user}`, { id: user })
  const page = await context.newPage()
  await page.goto(`${server.url}/app?user=${user}`)
  return page
}

const write = (page: Page, title: string): Promise<unknown> =>
  page.evaluate(async (text) => (await window.app).collections.tasks.create({ title: text }), title)

const shown = (page: Page, id: 'state' | 'tasks') =>
  expect.poll(() => page.locator(`#${id}`).textContent(), { timeout: 20_000 })

test('what is written offline survives a reload, reaches the server, and another device shows it', async () => {
  await using closing = new AsyncDisposableStack()
  const server = await openServer(closing)
  const device = await openDevice(server)
  const page = await openApp(device, server, 'anna')
  await shown(page, 'state').toBe('synced')

  await device.setOffline(true)
  await shown(page, 'state').toBe('offline')
  await write(page, 'first')
  await write(page, 'second')
  await page.reload()
  await shown(page, 'tasks').toBe('first, second')
  await shown(page, 'state').toBe('offline')
  await write(page, 'third')
  expect(await server.prisma.holdfastRecord.count()).toBe(0)

  await device.setOffline(false)
  await shown(page, 'state').toBe('synced')
  expect(await server.prisma.holdfastRecord.count()).toBe(3)

  const other = await openApp(await openDevice(server), server, 'bert')
  await shown(other, 'tasks').toBe('first, second, third')
})

test('two tabs of one user share the local database and its queue', async () => {
  await using closing = new AsyncDisposableStack()
  const server = await openServer(closing)
  const device = await openDevice(server)
  const left = await openApp(device, server, 'anna')
  const right = await openApp(device, server, 'anna')
  await shown(left, 'state').toBe('synced')
  await shown(right, 'state').toBe('synced')
  await device.setOffline(true)
  await shown(left, 'state').toBe('offline')
  await Promise.all(['a', 'b', 'c', 'd'].map((title, index) => write(index % 2 === 0 ? left : right, title)))
  await shown(left, 'tasks').toBe('a, b, c, d')
  await shown(right, 'tasks').toBe('a, b, c, d')
  await device.setOffline(false)
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(4)
  expect(await server.prisma.holdfastOperation.count()).toBe(4)
  await shown(left, 'state').toBe('synced')
  await shown(right, 'state').toBe('synced')
})

test('[CL39] who wipes in one tab ends the other, which shows it at once', async () => {
  await using closing = new AsyncDisposableStack()
  const server = await openServer(closing)
  const device = await openDevice(server)
  const left = await openApp(device, server, 'anna')
  const right = await openApp(device, server, 'anna')
  await shown(left, 'state').toBe('synced')
  await shown(right, 'state').toBe('synced')
  await left.evaluate(async () => (await window.app).wipe())
  await shown(right, 'state').toBe('blocked')
  expect(await codeOf(right)).toBe('CLOSED')
})

test('[P01] [P07] a first sync that finds no space shows nothing of it, says so, and goes on once there is some', async () => {
  await using closing = new AsyncDisposableStack()
  const server = await openServer(closing)
  const other = await openApp(await openDevice(server), server, 'bert')
  await shown(other, 'state').toBe('synced')
  await fillScope(other)
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(records)

  const device = await openDevice(server)
  const { origin } = new URL(server.url)
  const blank = await device.newPage()
  const quota = await device.newCDPSession(blank)
  await quota.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2_000_000 })
  const page = await openApp(device, server, 'anna')
  await shown(page, 'state').toBe('blocked')
  expect(await codeOf(page)).toBe('STORAGE_FULL')
  expect(await page.locator('#tasks').textContent()).toBe('')
  const { code, stored, operations } = await writeUntilRefused(page)
  expect(code).toBe('STORAGE_FULL')
  expect(operations).toBe(stored)
  expect(await countIn(page)).toBe(stored)

  await quota.send('Storage.overrideQuotaForOrigin', { origin })
  await page.evaluate(async () => (await window.app).start())
  await shown(page, 'state').toBe('synced')
  expect(await countIn(page)).toBe(records + stored)
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
    while (code === 'none' && stored < 60) {
      const text = [block(), block()].join('')
      const write = client.collections.tasks.create({ title: `large ${stored}`, text })
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
