import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { TestServer } from '../harness/server.ts'
import { openPage, type OpenPage } from './open-page.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('app-page.ts')

const open = async (closing: AsyncDisposableStack): Promise<OpenPage> => {
  const opened = await openPage(closing, started(), { users: ['anna'], query: '?user=anna' })
  await shows(opened.page, 'synced')
  return opened
}

const shows = (page: Page, status: string): Promise<void> =>
  expect.poll(() => page.locator('#state').textContent(), { timeout: 30_000 }).toBe(status)

const write = (page: Page, count: number): Promise<unknown> =>
  page.evaluate(async (total) => {
    const { tasks } = (await window.app).collections
    for (let index = 0; index < total; index += 1) await tasks.create({ title: `task ${index}` })
  }, count)

/** Both at once: a moment after it waits, sync may be under way again. */
const showsError = (page: Page, status: string, code: string): Promise<void> =>
  expect
    .poll(
      () =>
        page.evaluate(async () => {
          const { state } = await window.app
          return 'error' in state
            ? { status: state.status, code: state.error.code }
            : { status: state.status }
        }),
      { timeout: 30_000 },
    )
    .toEqual({ status, code })

const syncNow = (page: Page): Promise<unknown> => page.evaluate(async () => (await window.app).syncNow())

/** Everything arrived, each operation once. */
const arrived = async ({ prisma }: TestServer, count: number): Promise<void> => {
  await expect.poll(() => prisma.holdfastRecord.count(), { timeout: 30_000 }).toBe(count)
  expect(await prisma.holdfastOperation.count()).toBe(count)
}

test('[P01] the browser says online, and nothing gets through: sync waits, and goes on by itself', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, page } = await open(closing)
  await page.route('**/trpc/**', (route) => route.abort('internetdisconnected'))
  await write(page, 3)
  await showsError(page, 'waiting', 'NETWORK_UNREACHABLE')
  expect(await page.evaluate(() => navigator.onLine)).toBe(true)
  await page.unroute('**/trpc/**')
  await arrived(server, 3)
  await shows(page, 'synced')
})

test('[CN1] the browser says offline, and the server can be reached: `syncNow` tries all the same', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, page } = await open(closing)
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })
    window.dispatchEvent(new Event('offline'))
  })
  await shows(page, 'offline')
  await write(page, 3)
  expect(await server.prisma.holdfastRecord.count()).toBe(0)
  await syncNow(page)
  await arrived(server, 3)
})

test('[P01] a captive portal answers every request with its page: nothing is taken for an answer', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, page } = await open(closing)
  await page.route('**/trpc/**', (route) =>
    route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Welcome to our hotel</h1>' }),
  )
  await write(page, 3)
  await showsError(page, 'waiting', 'BAD_ANSWER')
  await page.unroute('**/trpc/**')
  await arrived(server, 3)
  await shows(page, 'synced')
})

test('[P01] [P03] a token that ends in the middle of a drain blocks sync; with a new one the rest follows, once', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, page } = await open(closing)
  await page.context().setOffline(true)
  await shows(page, 'offline')
  await write(page, 450)
  let pushes = 0
  page.on('response', (response) => {
    if (!response.url().includes('push')) return
    pushes += 1
    server.tokens.delete('token of anna')
  })
  await page.context().setOffline(false)
  await showsError(page, 'blocked', 'AUTH_REQUIRED')
  expect(pushes).toBeGreaterThan(0)
  expect(await server.prisma.holdfastRecord.count()).toBeLessThan(450)
  page.removeAllListeners('response')
  server.tokens.set('token of anna', { id: 'anna' })
  await page.evaluate(async () => (await window.app).start())
  await arrived(server, 450)
  await shows(page, 'synced')
})
