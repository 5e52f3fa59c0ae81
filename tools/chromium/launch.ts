import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { findChromium, missingChromium } from './find-chromium.ts'

/** Quiet, and the same on every machine. The pages are ours: no sandbox is asked for, which containers often lack. */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--no-first-run',
]

/** @throws Error that says what to install */
export const chromiumPath = (): string => {
  const path = findChromium()
  if (path === undefined) throw new Error(missingChromium)
  return path
}

const options = { chromiumSandbox: false, args: [...chromiumArguments] }

/** Headless. Each context is a device of its own, which keeps what it stores in memory. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ ...options, executablePath: chromiumPath() })

/** Headless, as one device whose profile lies on the disk. */
export const launchProfile = (folder: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(folder, { ...options, executablePath: chromiumPath() })
