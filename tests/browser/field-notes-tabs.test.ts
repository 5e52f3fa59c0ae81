import type { Browser, BrowserContext, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../../tools/chromium/launch.ts'
import { figure } from '../harness/figure.ts'
import { deviceIn, type ShownDevice } from './field-notes/device.ts'
import { buildFieldNotes, type BuiltApp, type ServedApp } from './field-notes/open-app.ts'

const patiently = { timeout: 20_000 }

/** A build whose databases the one before can't read: a mere change of a picture would be less. */
const nextLayout = {
  name: 'the next layout',
  enforce: 'pre' as const,
  resolveId: (source: string, importer = ''): string | undefined =>
    source === './layout.ts' && importer.includes('storage-adapters/src/indexeddb/')
      ? `${import.meta.dirname}/field-notes/next-layout.ts`
      : undefined,
}

let app: BuiltApp
let next: BuiltApp
let browser: Browser
beforeAll(async () => {
  await using closing = new AsyncDisposableStack()
  app = closing.use(await buildFieldNotes())
  next = closing.use(await buildFieldNotes(nextLayout))
  browser = closing.adopt(await launchChromium(), (launched) => launched.close())
  const opened = closing.move()
  return () => opened.disposeAsync()
}, 120_000)

interface Visit {
  readonly server: ServedApp
  readonly context: BrowserContext
  readonly open: (path?: string) => Promise<Tab>
}

interface Tab {
  readonly page: Page
  readonly device: ShownDevice
  /** Requests of the page to the server, for sync. */
  readonly requests: () => number
}

const visit = async (closing: AsyncDisposableStack): Promise<Visit> => {
  const server = closing.use(await app.serve())
  const context = closing.adopt(await browser.newContext(), (opened) => opened.close())
  return { server, context, open: (path) => openTab(context, server, path) }
}

const openTab = async (context: BrowserContext, server: ServedApp, path = '/?user=ada'): Promise<Tab> => {
  const page = await context.newPage()
  let requests = 0
  page.on('request', (request) => {
    if (request.url().includes('/sync/')) requests += 1
  })
  await page.goto(`${server.url}${path}`)
  const device = deviceIn(page)
  await shows(device.state, 'Everything is synced')
  return { page, device, requests: () => requests }
}

const shows = (locator: ShownDevice['state'], text: string): Promise<void> =>
  expect.poll(() => locator.textContent(), { ...patiently, interval: 10 }).toBe(text)

const findings = ({ device }: Tab): ShownDevice['state'] => device.note('note-gate').findings

test('[TB1] [TB3] two tabs show each other what they write, one syncs, and when it is closed the other goes on', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, open } = await visit(closing)
  const [first, second] = [await open(), await open()]
  expect(first.requests()).toBeGreaterThan(0)

  const began = performance.now()
  await first.device.note('note-gate').oneMore.click()
  await shows(findings(second), '1 finding')
  figure(
    `a change was shown in another tab of the app ${Math.round(performance.now() - began)} ms after the click`,
  )
  await second.device.note('note-gate').rewrite('Written in the second tab.')
  await expect
    .poll(() => first.device.note('note-gate').text.inputValue(), patiently)
    .toBe('Written in the second tab.')

  const other = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const ben = await openTab(other, server, '/?user=ben')
  await expect
    .poll(() => ben.device.note('note-gate').text.inputValue(), patiently)
    .toBe('Written in the second tab.')
  expect(second.requests()).toBe(0)

  await first.page.close()
  await second.device.note('note-gate').oneMore.click()
  await shows(findings(ben), '2 findings')
  expect(second.requests()).toBeGreaterThan(0)
  await shows(second.device.state, 'Everything is synced')
})

test('a question that was answered in another tab does not come up by itself the next time', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, open } = await visit(closing)
  const [first, second] = [await open(), await open()]
  const other = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const ben = await openTab(other, server, '/?user=ben')
  const disagree = async (text: string): Promise<void> => {
    await first.device.network.click()
    await shows(first.device.state, 'Offline. Changes are kept here')
    await ben.device.note('note-gate').rewrite(`${text} Ben`)
    await shows(ben.device.state, 'Everything is synced')
    await first.device.note('note-gate').rewrite(`${text} Ada`)
    await first.device.network.click()
    await first.device.decide.waitFor(patiently)
    await second.device.decide.waitFor(patiently)
  }
  await disagree('First')
  await first.device.decide.click()
  await first.device.dialog.waitFor(patiently)
  await second.device.decide.click()
  await second.device.dialog.getByRole('button', { name: 'Take theirs' }).click()
  await first.device.dialog.waitFor({ state: 'detached', ...patiently })
  await first.device.decide.waitFor({ state: 'detached', ...patiently })
  await shows(first.device.state, 'Everything is synced')
  await disagree('Then')
  expect(await first.device.dialog.count()).toBe(0)
})

const newer = (page: Page) => page.getByText('A new version is ready')

const reload = async (page: Page): Promise<void> => {
  const loaded = page.waitForEvent('load', patiently)
  await page.getByRole('button', { name: 'Reload' }).click()
  await loaded
}

/** The version of the layout that the device's database has. */
const layoutOf = (page: Page): Promise<number | undefined> =>
  page.evaluate(async () => {
    const databases = await indexedDB.databases()
    return databases.find(({ name }) => name?.includes('field-notes-main') === true)?.version
  })

const untilServed = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => navigator.serviceWorker.controller !== null)

test('[IX5] [TB9] a new version waits until it is asked for, loses neither what waits nor what is being typed, and the old tab beside it is told', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, open } = await visit(closing)
  const [left, right] = [await open(), await open()]
  await untilServed(left.page)
  await untilServed(right.page)

  await left.device.network.click()
  await left.device.note('note-gate').oneMore.click()
  await shows(left.device.queue, '1 change waits')
  await left.device.note('note-gate').text.fill('Half a sentence')
  await right.page.getByLabel('A new note').fill('Begun in the old tab')

  await server.deploy(next)
  // What a browser does by itself with each visit, and the app whenever it is looked at.
  await right.page.evaluate(async () => (await navigator.serviceWorker.ready).update())
  for (const { page } of [left, right]) await newer(page).waitFor(patiently)
  expect(await layoutOf(left.page)).toBe(1)

  const began = performance.now()
  await reload(left.page)
  await expect.poll(() => left.device.note('note-gate').text.inputValue(), patiently).toBe('Half a sentence')
  figure(
    `the new version showed its notes ${Math.round(performance.now() - began)} ms after Reload, with an old tab beside it`,
  )
  expect(await layoutOf(left.page)).toBe(2)
  await shows(left.device.queue, '1 change waits')
  expect(await newer(left.page).count()).toBe(0)

  // The old tab let go of the database, hangs in nothing, and says what is the matter.
  await expect
    .poll(() => right.device.state.textContent(), patiently)
    .toMatch(/^Sync has stopped: .*newer version of this app/)
  expect(await newer(right.page).count()).toBe(1)
  await left.device.note('note-gate').oneMore.click()
  await shows(findings(left), '2 findings')
  await left.device.network.click()
  await shows(left.device.state, 'Everything is synced')
  await reload(right.page)
  await shows(findings(right), '2 findings')
  expect(await right.page.getByLabel('A new note').inputValue()).toBe('Begun in the old tab')
  await shows(right.device.state, 'Everything is synced')

  const other = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const ben = await openTab(other, server, '/?user=ben')
  await shows(findings(ben), '2 findings')
})

test('a page that the worker passed over when it claimed those that were there asks to be served', async () => {
  await using closing = new AsyncDisposableStack()
  const { context, open } = await visit(closing)
  const { page } = await open()
  await untilServed(page)
  const ready = (): Promise<string | undefined> =>
    page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state)
  expect(await ready()).toBe('activated')

  // Loaded around the worker, which starts no other time: as a page that was being loaded while it started.
  const session = await context.newCDPSession(page)
  const loaded = page.waitForEvent('load', patiently)
  await session.send('Page.reload', { ignoreCache: true })
  await loaded
  await untilServed(page)
})
