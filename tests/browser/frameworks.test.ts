import { createSyncClient, type SyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { bundlePage, frameworks, type Framework } from '../../examples/frameworks/src/bundle.ts'
import { schema } from '../../examples/frameworks/src/schema.ts'
import { serve } from '../../examples/frameworks/src/serve.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { launchChromium } from '../../tools/chromium/launch.ts'
import { pageOf } from '../../tools/chromium/serve-script.ts'
import { scope, startServer, type TestServer } from '../harness/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
  return () => browser.close()
})

const openServer = async (closing: AsyncDisposableStack, framework: Framework): Promise<TestServer> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  const body = pageOf(await bundlePage(framework))
  const files = { '/page': { type: 'html', body } } as const
  const server = closing.use(await startServer({ schema, database, files }))
  for (const id of ['ada', 'bert']) server.tokens.set(`token of ${id}`, { id })
  return server
}

/** Another device, which has no page. */
const openOther = async (
  closing: AsyncDisposableStack,
  server: TestServer,
): Promise<SyncClient<(typeof schema)['collections']>> =>
  closing.adopt(
    await createSyncClient({
      schema,
      user: 'bert',
      storage: memoryStorage(),
      transport: trpcTransport({
        url: `${server.url}/trpc`,
        headers: () => ({ authorization: 'Bearer token of bert' }),
        transformer: 'none',
      }),
      scopes: [scope],
    }),
    (client) => client.close(),
  )

const openPage = async (closing: AsyncDisposableStack): Promise<Page> => {
  const context = closing.adopt(await browser.newContext(), (opened) => opened.close())
  return context.newPage()
}

/** Each task, with a tick where it is done. */
const tasksOf = (page: Page): Promise<readonly string[]> =>
  page
    .locator('li')
    .evaluateAll((items) =>
      items.map((item) =>
        [item.querySelector('input')?.checked === true ? '✓ ' : '', item.textContent.trim()].join(''),
      ),
    )

const soon = <TValue>(read: () => Promise<TValue>) => expect.poll(read, { timeout: 20_000 })
const status = (page: Page) => soon(() => page.getByRole('status').first().textContent())
const badge = (page: Page) => soon(() => page.locator('output').textContent())

test.each(frameworks)(
  '[FR1] [FR2] %s: shows what another device wrote; what is written offline arrives once',
  async (framework) => {
    await using closing = new AsyncDisposableStack()
    const server = await openServer(closing, framework)
    const other = await openOther(closing, server)
    const { recordId } = await other.collections.tasks.create({ title: 'before' })
    await other.syncNow()

    const page = await openPage(closing)
    const failures: unknown[] = []
    page.on('pageerror', (error) => failures.push(error))
    await page.goto(`${server.url}/page?user=ada`)
    await soon(() => tasksOf(page)).toEqual(['before'])
    await status(page).toBe('synced')
    await other.collections.tasks.create({ title: 'meanwhile' })
    await soon(() => tasksOf(page)).toEqual(['before', 'meanwhile'])
    await badge(page).toBe('0 to send, 0 conflicts')

    await page.context().setOffline(true)
    await status(page).toBe('offline')
    await page.getByLabel('New task').fill('offline')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel('before').click()
    await soon(() => tasksOf(page)).toEqual(['✓ before', 'meanwhile', 'offline'])
    await badge(page).toBe('2 to send, 0 conflicts')
    expect(await page.getByLabel('New task').inputValue()).toBe('')
    expect(await server.prisma.holdfastOperation.count()).toBe(2)

    await page.context().setOffline(false)
    await badge(page).toBe('0 to send, 0 conflicts')
    await status(page).toBe('synced')
    expect(await server.prisma.holdfastOperation.count()).toBe(4)
    await other.syncNow()
    expect(await other.collections.tasks.get(recordId)).toMatchObject({ title: 'before', done: true })
    expect((await other.collections.tasks.find()).map(({ title }) => title).toSorted()).toEqual([
      'before',
      'meanwhile',
      'offline',
    ])
    expect(failures).toEqual([])
  },
)

test('[FR1] the example as it is started: a page in Vue and one in React show what the other one writes', async () => {
  await using closing = new AsyncDisposableStack()
  const server = closing.adopt(await serve(), ({ stop }) => stop())
  const [left, right] = [await openPage(closing), await openPage(closing)]
  await left.goto(`${server.url}/vue?user=ada`)
  await right.goto(`${server.url}/react?user=bert`)
  await left.getByLabel('New task').fill('from Vue')
  await left.getByRole('button', { name: 'Add' }).click()
  await soon(() => tasksOf(right)).toEqual(['from Vue'])
  await right.getByLabel('from Vue').click()
  await soon(() => tasksOf(left)).toEqual(['✓ from Vue'])
})
