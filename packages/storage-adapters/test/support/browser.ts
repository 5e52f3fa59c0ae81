import { storageConformance } from '@holdfast/core/testing'
import type { BrowserContext, Page } from 'playwright-core'
import { bundleScript } from '../../../../tools/chromium/bundle-script.ts'
import { launchProfile } from '../../../../tools/chromium/launch.ts'
import { pageUrl, serveScript } from '../../../../tools/chromium/serve-script.ts'
import { temporaryFolder } from './temporary.ts'

/** The script of a page, from `test/browser`. */
export const scriptOf = (file: string): Promise<string> =>
  bundleScript(new URL(`../browser/${file}`, import.meta.url).pathname)

export interface Device extends AsyncDisposable {
  readonly context: BrowserContext
  /** A new page that runs the script, at this address below `pageUrl`. */
  readonly tab: (path?: string) => Promise<Page>
}

/** A browser with a profile of its own on the disk, whose pages run the script. */
export const openDevice = async (script: string): Promise<Device> => {
  const folder = temporaryFolder()
  const context = await launchProfile(folder.path('profile'))
  await serveScript(context, script)
  return {
    context,
    tab: (path) => openTab(context, path),
    async [Symbol.asyncDispose]() {
      await context.close()
      folder.remove()
    },
  }
}

export const openTab = async (context: BrowserContext, path = 'app'): Promise<Page> => {
  const page = await context.newPage()
  await page.goto(pageUrl + path)
  return page
}

/** The names of all cases of the kit; the cases themselves run in the page. */
export const caseNames = (): readonly string[] => {
  const names: string[] = []
  const adapter = (): Promise<never> => Promise.reject(new Error('The cases run in the page.'))
  storageConformance({ test: (name) => names.push(name), adapter })
  return names
}
