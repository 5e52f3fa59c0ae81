import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { deviceIn } from '../../tests/browser/field-notes/device.ts'
import { buildFieldNotes } from '../../tests/browser/field-notes/open-app.ts'
import { ensureChromium } from '../chromium/ensure-chromium.ts'
import { launchProfile } from '../chromium/launch.ts'
import { medianOf, type Measure } from './measure.ts'

const rounds = 5
const patiently = { timeout: 60_000 }

/**
 * The example app without a network, as a browser has it after a visit: from the start of the navigation until the notes
 * stand in the page. Cold: the browser was started for it. Warm: it is open with another page.
 */
export const measureAppStart = async (): Promise<readonly Measure[]> => {
  process.env['CHROMIUM_PATH'] = await ensureChromium()
  await using closing = new AsyncDisposableStack()
  const profile = closing.adopt(await mkdtemp(join(tmpdir(), 'holdfast-bench-profile-')), (folder) =>
    rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  )
  const app = closing.use(await buildFieldNotes())
  const server = await app.serve()
  const notes = await visitOnce(profile, server.url)
  await server.stop()
  const at = (path: string): string => new URL(path, server.url).href
  const [start, file] = [at('/?user=ada'), at('/icon.svg')]

  return [
    {
      name: `field notes start offline with ${notes} notes, cold`,
      unit: 'ms',
      value: await medianOf(rounds, () => inNewBrowser(profile, (context) => untilNotes(context, start))),
      floor: await medianOf(rounds, () => inNewBrowser(profile, (context) => untilLoaded(context, file))),
      note: 'floor: a small picture from the same service worker, in a browser that was started for it',
    },
    ...(await inNewBrowser(profile, async (context): Promise<readonly Measure[]> => {
      await untilNotes(context, start)
      return [
        {
          name: `field notes start offline with ${notes} notes, warm`,
          unit: 'ms',
          value: await medianOf(rounds, () => untilNotes(context, start)),
          floor: await medianOf(rounds, () => untilLoaded(context, file)),
          note: 'floor: a small picture from the same service worker',
        },
      ]
    })),
  ]
}

/** Signs in, writes three weeks of edits and syncs them; answers with how many notes are shown at once. */
const visitOnce = async (profile: string, url: string): Promise<number> => {
  const context = await launchProfile(profile)
  try {
    const page = await context.newPage()
    await page.goto(`${url}/?user=ada`)
    const { network, state, queue } = deviceIn(page)
    const synced = state.filter({ hasText: 'Everything is synced' })
    await synced.waitFor(patiently)
    await network.click()
    await page.getByRole('button', { name: 'Write three weeks of edits' }).click()
    await queue.waitFor(patiently)
    await page.getByRole('button', { name: 'Writing…' }).waitFor({ state: 'detached', ...patiently })
    await network.click()
    await queue.waitFor({ state: 'detached', ...patiently })
    await synced.waitFor(patiently)
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    return await page.locator('[data-note]').count()
  } finally {
    await context.close()
  }
}

const inNewBrowser = async <TResult>(
  profile: string,
  run: (context: BrowserContext) => Promise<TResult>,
): Promise<TResult> => {
  const context = await launchProfile(profile)
  try {
    await context.setOffline(true)
    return await run(context)
  } finally {
    await context.close()
  }
}

/** Milliseconds by the page's own clock, which begins with the navigation. */
const untilNotes = (context: BrowserContext, address: string): Promise<number> =>
  inNewPage(context, async (page) => {
    await page.addInitScript(() => {
      const seen = new MutationObserver(() => {
        if (document.querySelector('[data-note]') === null) return
        seen.disconnect()
        // Once a frame was drawn with it.
        requestAnimationFrame(() => setTimeout(() => performance.mark('notes')))
      })
      seen.observe(document, { childList: true, subtree: true })
    })
    await page.goto(address)
    const mark = await page.waitForFunction(() => performance.getEntriesByName('notes')[0]?.startTime)
    return (await mark.jsonValue()) ?? Number.NaN
  })

const untilLoaded = (context: BrowserContext, address: string): Promise<number> =>
  inNewPage(context, async (page) => {
    await page.goto(address)
    const end = await page.waitForFunction(() => {
      const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
      return navigation?.loadEventEnd
    })
    return (await end.jsonValue()) ?? Number.NaN
  })

const inNewPage = async (context: BrowserContext, run: (page: Page) => Promise<number>): Promise<number> => {
  const page = await context.newPage()
  try {
    return await run(page)
  } finally {
    await page.close()
  }
}
