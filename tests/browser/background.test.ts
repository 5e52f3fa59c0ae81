import { expect, test } from 'vitest'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { launchChromium } from '../../tools/chromium/launch.ts'
import { pageOf } from '../../tools/chromium/serve-script.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { figure } from '../harness/figure.ts'
import { startServer, type TestServer } from '../harness/server.ts'

const script = (name: string): Promise<string> => bundleScript(`${import.meta.dirname}/${name}.ts`)

const openServer = async (closing: AsyncDisposableStack): Promise<TestServer> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  const files = {
    '/app': { type: 'html', body: pageOf(await script('background-page')) },
    '/worker.js': { type: 'js', body: await script('background-worker') },
  } as const
  const server = closing.use(await startServer({ schema, database, files }))
  server.tokens.set('token of anna', { id: 'anna' })
  return server
}

test(
  '[SB4] what is written offline arrives after the page was closed, once there is a network',
  { timeout: 90_000 },
  async () => {
    await using closing = new AsyncDisposableStack()
    const server = await openServer(closing)
    const browser = closing.adopt(await launchChromium(), (open) => open.close())
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${server.url}/app`)
    expect(await page.evaluate(() => window.opened)).toBe(true)
    await expect.poll(() => page.evaluate(() => window.synced()), { timeout: 20_000 }).toBe('synced')

    await context.setOffline(true)
    for (const title of ['one', 'two', 'three']) await page.evaluate((text) => window.write(text), title)
    // Another page keeps the browser itself open.
    const blank = await context.newPage()
    await page.close()
    expect(await server.prisma.holdfastRecord.count()).toBe(0)
    const online = performance.now()
    await context.setOffline(false)
    await expect.poll(() => server.prisma.holdfastRecord.count(), { timeout: 30_000 }).toBe(3)
    figure(
      `three operations of a closed page arrived ${Math.round(performance.now() - online)} ms after the network was back`,
    )
    await expect.poll(() => server.prisma.holdfastOperation.count(), { timeout: 30_000 }).toBe(3)
    await blank.close()
  },
)
