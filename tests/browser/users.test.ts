import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openPage, type OpenPage } from './open-page.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('users-page.ts')

const open = (closing: AsyncDisposableStack): Promise<OpenPage> =>
  openPage(closing, started(), {
    users: ['ada', 'bert'],
    scopes: ({ user }) => [`private-${user.id}`],
  })

const signIn = (page: Page, user: string): Promise<void> => page.evaluate((id) => window.signIn(id), user)
const signOut = (page: Page): Promise<void> => page.evaluate(() => window.signOut())
const add = (page: Page, title: string): Promise<unknown> => page.evaluate((text) => window.add(text), title)
const titles = (page: Page): Promise<readonly string[]> => page.evaluate(() => window.titles())
const synced = (page: Page) =>
  expect.poll(() => page.evaluate(() => window.where()), { timeout: 20_000 }).toBe('synced')

test('[SH3] Ada, Bert, Ada on one device: no byte of Ada is sent or shown under Bert, and hers are there when she returns', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, page } = await open(closing)
  const sent: { readonly token: string; readonly body: string }[] = []
  page.on('request', (request) => {
    if (!request.url().includes('/trpc')) return
    const token = request.headers()['authorization'] ?? ''
    sent.push({ token, body: `${request.url()} ${request.postData() ?? ''}` })
  })
  await signIn(page, 'ada')
  await synced(page)
  await page.context().setOffline(true)
  await add(page, 'canary of ada')
  await signOut(page)
  await page.context().setOffline(false)

  await signIn(page, 'bert')
  await synced(page)
  expect(await titles(page)).toEqual([])
  await add(page, 'of bert')
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(1)
  await synced(page)
  const underBert = sent.filter(({ token }) => token.endsWith('bert'))
  expect(underBert.length).toBeGreaterThan(1)
  expect(JSON.stringify(underBert)).not.toMatch(/canary|ada/)
  await signOut(page)

  await signIn(page, 'ada')
  expect(await titles(page)).toEqual(['canary of ada'])
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(2)
  const carrying = () => sent.filter(({ body: text }) => text.includes('canary'))
  // The server is in this process: what it stored is known before the browser's word of the request.
  await expect.poll(() => carrying().length).toBeGreaterThan(0)
  expect(carrying().every(({ token }) => token === 'Bearer token of ada')).toBe(true)
  expect(await server.prisma.holdfastRecord.findMany({ where: { scope: 'private-bert' } })).toMatchObject([
    { updatedBy: 'bert' },
  ])
  await page.evaluate(() => window.wipe())
  const databases = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
  expect(databases.filter((name) => name?.endsWith('/ada'))).toEqual([])
  expect(databases.filter((name) => name?.endsWith('/bert'))).toHaveLength(1)
})

test('[SH1] a database that was deleted between two visits is noticed, and the device starts as a new one', async () => {
  await using closing = new AsyncDisposableStack()
  const { server, page } = await open(closing)
  await signIn(page, 'ada')
  await add(page, 'sent')
  await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 20_000 }).toBe(1)
  await synced(page)
  await signOut(page)
  const [{ clientId } = { clientId: '' }] = await server.prisma.holdfastClient.findMany()
  await page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) {
      await new Promise((resolve) => {
        indexedDB.deleteDatabase(name ?? '').addEventListener('success', resolve)
      })
    }
  })
  await page.reload()
  await signIn(page, 'ada')
  expect(await page.evaluate(() => window.lost)).toEqual([clientId])
  await synced(page)
  expect(await titles(page)).toEqual(['sent'])
})
