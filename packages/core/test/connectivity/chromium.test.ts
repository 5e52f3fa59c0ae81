import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { bundleScript } from '../../../../tools/chromium/bundle-script.ts'
import { launchChromium } from '../../../../tools/chromium/launch.ts'
import { pageUrl, serveScript } from '../../../../tools/chromium/serve-script.ts'

let page: Page
beforeAll(async () => {
  const script = await bundleScript(new URL('../browser/connectivity-page.ts', import.meta.url).pathname)
  const browser = await launchChromium()
  const context = await browser.newContext()
  await serveScript(context, script)
  page = await context.newPage()
  await page.goto(`${pageUrl}app`)
  return () => browser.close()
}, 60_000)

test('[CN12] Chromium tells that its user saves data, and when its network changes it is looked at again', async () => {
  expect(await page.evaluate(() => window.metering.now())).toBe('unmetered')
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setDataSaverOverride', { dataSaverEnabled: true })
  await expect.poll(() => page.evaluate(() => window.metering.now())).toBe('dataSaver')
  // An override raises no event by itself; another speed does.
  await session.send('Network.enable')
  const slow = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 }
  await session.send('Network.emulateNetworkConditions', slow)
  await expect.poll(() => page.evaluate(() => window.metering.heard)).toEqual(['dataSaver'])
  await page.reload()
  expect(await page.evaluate(() => window.metering.heard)).toEqual(['dataSaver'])
})
