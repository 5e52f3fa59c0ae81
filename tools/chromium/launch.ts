import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { findChromium, missingChromium } from './find-chromium.ts'
import { shownBy } from './shown.ts'

/** Quiet, and the same on every machine. The pages are ours: no sandbox is asked for, which containers often lack. */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--no-first-run',
  // As without a window: pages are as wide as they are told to be.
  '--hide-scrollbars',
]

/** @throws Error that says what to install */
export const chromiumPath = (): string => {
  const path = findChromium()
  if (path === undefined) throw new Error(missingChromium)
  return path
}

const options = () => ({
  ...shownBy(process.env, process.platform),
  chromiumSandbox: false,
  args: [...chromiumArguments],
  executablePath: chromiumPath(),
})

/** Each context is a device of its own, which keeps what it stores in memory. Unseen, unless `--headed` was given. */
export const launchChromium = async (): Promise<Browser> => chromium.launch(options())

/** The same, as one device whose profile lies on the disk. */
export const launchProfile = async (folder: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(folder, options())
