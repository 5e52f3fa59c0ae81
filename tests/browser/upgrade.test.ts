import { beforeAll, expect, test } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { launchChromium } from '../../tools/chromium/launch.ts'
import { pageOf } from '../../tools/chromium/serve-script.ts'
import { startServer, type TestServer } from '../harness/server.ts'

let old: string
let next: string
let browser: Browser
beforeAll(async () => {
  const page = `${import.meta.dirname}/app-page.ts`
  old = await bundleScript(page)
  // A release whose databases the one before can't read.
  next = await bundleScript(page, { './layout.ts': `${import.meta.dirname}/field-notes/next-layout.ts` })
  browser = await launchChromium()
  return () => browser.close()
}, 60_000)

interface World {
  readonly server: TestServer
  readonly context: BrowserContext
  readonly open: (version: 'old' | 'next' | 'blank') => Promise<Page>
}

/** A server that has both versions of the app, and one device. */
const openWorld = async (closing: AsyncDisposableStack): Promise<World> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  const files = {
    '/old': { type: 'html', body: pageOf(old) },
    '/next': { type: 'html', body: pageOf(next) },
    '/blank': { type: 'html', body: '<!doctype html>' },
  } as const
  const server = closing.use(await startServer({ schema, database, files }))
  server.tokens.set('token of anna', { id: 'anna' })
  const context = closing.adopt(await browser.newContext(), (opened) => opened.close())
  return {
    server,
    context,
    async open(version) {
      const page = await context.newPage()
      await page.goto(`${server.url}/${version}?user=anna&busyTimeout=1000`)
      return page
    },
  }
}

const shows = (page: Page, id: 'state' | 'tasks', text: string): Promise<void> =>
  expect.poll(() => page.locator(`#${id}`).textContent(), { timeout: 20_000 }).toBe(text)

/** How a call of the app ended: `done`, or the code of its error. */
const endOf = (page: Page, call: 'open' | 'write' | 'read'): Promise<string> =>
  page.evaluate(async (which) => {
    const run = async (): Promise<unknown> => {
      const { collections } = await window.app
      if (which === 'open') return undefined
      return which === 'read' ? collections.tasks.find() : collections.tasks.create({ title: 'late' })
    }
    return run().then(
      () => 'done',
      (error: { readonly code: string }) => error.code,
    )
  }, call)

const write = (page: Page, title: string): Promise<unknown> =>
  page.evaluate(async (text) => (await window.app).collections.tasks.create({ title: text }), title)

/** A connection that lets go for nobody, as that of an app that does not listen. */
const holdOpen = (page: Page): Promise<unknown> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        indexedDB.databases().then(([database]) => {
          const request = indexedDB.open(database?.name ?? '')
          request.addEventListener('success', () => resolve())
        }, reject)
      }),
  )

test('[IX5] a newer version opens beside an old one that has nothing to do: the old one lets go, says so by an event, and what it had not sent is sent', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, context, open } = await openWorld(closing)
  const before = await open('old')
  await shows(before, 'state', 'synced')
  await context.setOffline(true)
  await shows(before, 'state', 'offline')
  await write(before, 'of the old version')
  await before.evaluate(async () => {
    const client = await window.app
    Object.assign(window, { heard: [] })
    client.events$.subscribe((event) => {
      if (event.type === 'stateChanged' && event.state.status === 'blocked')
        (window as unknown as { heard: string[] }).heard.push(event.state.error.code)
    })
  })
  await context.setOffline(false)
  await shows(before, 'state', 'synced')
  await context.setOffline(true)
  await write(before, 'not sent')

  await context.setOffline(false)
  const after = await open('next')
  await shows(after, 'tasks', 'not sent, of the old version')
  await shows(before, 'state', 'blocked')
  expect(await before.evaluate(() => (window as unknown as { heard: string[] }).heard)).toEqual([
    'UPGRADE_REQUIRED',
  ])
  expect([await endOf(before, 'write'), await endOf(before, 'read')]).toEqual([
    'UPGRADE_REQUIRED',
    'UPGRADE_REQUIRED',
  ])
  await shows(after, 'state', 'synced')
  expect(await server.prisma.holdfastRecord.count()).toBe(2)
  expect(await server.prisma.holdfastOperation.count()).toBe(2)
})

test('[IX7] an upgrade that a tab holds up is given up with STORAGE_LOCKED, by the newer version and by the old one alike, and is made once that tab is closed', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, open } = await openWorld(closing)
  const before = await open('old')
  await shows(before, 'state', 'synced')
  await write(before, 'there before')
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(1)
  const stubborn = await open('blank')
  await holdOpen(stubborn)

  const after = await open('next')
  expect(await endOf(after, 'open')).toBe('STORAGE_LOCKED')
  expect(await endOf(before, 'write')).toBe('STORAGE_LOCKED')
  await stubborn.close()

  await after.reload()
  await shows(after, 'tasks', 'there before')
  await shows(after, 'state', 'synced')
  expect(await endOf(before, 'write')).toBe('UPGRADE_REQUIRED')
  expect(await endOf(after, 'write')).toBe('done')
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(2)
})
