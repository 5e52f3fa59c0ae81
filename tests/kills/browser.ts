import { spawnChromium } from '../../tools/chromium/spawn-chromium.ts'
import type { PageOptions } from './app/browser-page.ts'
import type { Told } from './app/told.ts'
import type { Ledger } from './checks/ledger.ts'
import { createHearing, type DeviceLife } from './device-life.ts'

export interface BrowserOptions extends Omit<PageOptions, 'name' | 'first'> {
  /** The folder with all that the browser keeps. */
  readonly profile: string
  /** Of the server, whose page it opens. */
  readonly url: string
}

/** Starts a browser with the device's page; the ledger hears all that it tells. */
export const startBrowser = async (
  ledger: Ledger,
  { profile, url, ...options }: BrowserOptions,
): Promise<DeviceLife> => {
  const browser = await spawnChromium(profile)
  const disconnected = new Promise<void>((resolve) => {
    browser.context.browser()?.once('disconnected', () => resolve())
  })
  const { hear, ...heard } = createHearing(ledger, disconnected)
  const page = await browser.context.newPage()
  await page.exposeFunction('tell', (text: string) => hear(JSON.parse(text) as Told))
  await page.goto(`${url}/app`)
  const given = { ...options, name: ledger.device, first: ledger.next() }
  await page.evaluate((known) => window.device.start(known), given)
  const kill = async (): Promise<void> => {
    await browser.kill()
    await disconnected
  }
  return {
    ...heard,
    async settle() {
      const settled = heard.next('settled')
      await page.evaluate(() => window.device.settle())
      await settled
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
