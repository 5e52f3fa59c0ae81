import { expect, test } from 'vitest'
import type { BrowserContext, Page } from 'playwright-core'
import { serveScript } from '../../tools/chromium/serve-script.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { startServer, type TestServer } from '../harness/server.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('app-page.ts')

const openServer = async (closing: AsyncDisposableStack): Promise<TestServer> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  return closing.use(await startServer({ schema, database }))
}

/** A device of its own, which loads the app without a network as well: a service worker would see to that. */
const openDevice = async (server: TestServer): Promise<BrowserContext> => {
  const { browser, script } = started()
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

const codeOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const { state } = await window.app
    return state.status === 'blocked' ? state.error.code : state.status
  })
