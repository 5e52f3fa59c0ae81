import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { schema } from '../../../core/test/support/schema.ts'
import { createSqliteDatabase } from '../../../server/test/support/databases.ts'
import { bundleScript } from '../../../../tools/chromium/bundle-script.ts'
import { launchChromium } from '../../../../tools/chromium/launch.ts'
import { serveScript } from '../../../../tools/chromium/serve-script.ts'
import { scope, startServer } from '../../../../tests/harness/server.ts'

const entry = `${import.meta.dirname}/../browser/tanstack-db-page.ts`

const shown = (page: Page, id: 'state' | 'overview') =>
  expect.poll(() => page.locator(`#${id}`).textContent(), { timeout: 20_000 })

test('[TD2] [TD6] [TD7] TanStack DB in Chromium: a live join and its aggregates, written offline, reloaded, synced', async () => {
  await using closing = new AsyncDisposableStack()
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  const server = closing.use(await startServer({ schema, database }))
  for (const id of ['ada', 'bert']) server.tokens.set(`token of ${id}`, { id })
  const browser = closing.adopt(await launchChromium(), (opened) => opened.close())
  const device = await browser.newContext()
  await serveScript(device, await bundleScript(entry), `${server.url}/app`)
  const page = await device.newPage()
  await page.goto(`${server.url}/app`)
  await shown(page, 'state').toBe('synced')

  await device.setOffline(true)
  await shown(page, 'state').toBe('offline')
  await page.evaluate(async () => {
    await window.addTask('house', 'House')
    await window.addPart('house', 'Roof', 2)
    await window.addPart('house', 'Door', 3)
  })
  await shown(page, 'overview').toBe('House: 2 parts, 5 votes')
  await page.reload()
  await shown(page, 'overview').toBe('House: 2 parts, 5 votes')
  expect(await server.prisma.holdfastOperation.count()).toBe(0)

  await device.setOffline(false)
  await shown(page, 'state').toBe('synced')
  await expect.poll(() => server.prisma.holdfastOperation.count()).toBe(3)
  const other = closing.adopt(
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
  await other.syncNow()
  await other.collections.parts.create({ title: 'Window', task: 'house', votes: 10 })
  await other.collections.tasks.update('house', { title: 'Home' })
  await shown(page, 'overview').toBe('Home: 3 parts, 15 votes')
  await page.evaluate(() => window.removeTask('house'))
  await shown(page, 'overview').toBe('')
  await expect.poll(() => server.prisma.holdfastOperation.count(), { timeout: 20_000 }).toBe(6)
  await other.syncNow()
  expect(await other.collections.tasks.get('house')).toBe(undefined)
})
