import type { Browser } from 'playwright-core'
import { beforeAll } from 'vitest'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { launchChromium } from '../../tools/chromium/launch.ts'

export interface StartedBrowser {
  readonly browser: Browser
  readonly script: string
}

/**
 * One browser for all tests of a file, and the script of its pages: of `page`, in this folder. What is returned has them once
 * tests run.
 */
export const useBrowser = (page: string): (() => StartedBrowser) => {
  let started: StartedBrowser | undefined
  beforeAll(async () => {
    const script = await bundleScript(`${import.meta.dirname}/${page}`)
    const browser = await launchChromium()
    started = { browser, script }
    return () => browser.close()
  }, 60_000)
  return () => {
    if (started === undefined) throw new Error('There is no browser before the first test.')
    return started
  }
}
