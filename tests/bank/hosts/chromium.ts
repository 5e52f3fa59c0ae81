import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { spawnChromium, type SpawnedChromium } from '../../../tools/chromium/spawn-chromium.ts'
import type { Report, Task } from '../device.ts'
import type { Memory, OpenHost } from './host.ts'

type Way = 'browser killed' | 'tab closed' | 'tab crashed'
/** One after the other, again and again. */
const ways: readonly Way[] = [
  'browser killed',
  'tab closed',
  'browser killed',
  'tab crashed',
  'browser killed',
]

/**
 * A device whose database is IndexedDB in Chromium, with its profile on the disk; each task is a tab. The onlooker is
 * another one, which is there again as soon as the browser is.
 */
export const openChromium: OpenHost = async (folder, url, onSight) => {
  const killed: Record<Way, number> = { 'browser killed': 0, 'tab closed': 0, 'tab crashed': 0 }
  let browser: SpawnedChromium | undefined

  const ensureBrowser = async (): Promise<SpawnedChromium> => {
    if (browser !== undefined) return browser
    const mine = await spawnChromium(join(folder, 'profile'))
    browser = mine
    const look = (report: Report): void => {
      if (report.kind === 'sight') onSight(report)
    }
    const onlooker = await openTab(mine, url, look)
    void run(onlooker, { kind: 'look' }, 'onlooker').catch((error: unknown) => {
      // It ends with the browser, and not before: nobody would notice what it does not see.
      if (browser === mine) throw error
    })
    return mine
  }

  const killBrowser = async (): Promise<void> => {
    const ending = browser
    browser = undefined
    await ending?.kill()
  }

  const kill = async (page: Page): Promise<void> => {
    const kills = Object.values(killed).reduce((sum, count) => sum + count, 0)
    const way = ways[kills % ways.length] ?? 'browser killed'
    killed[way] += 1
    switch (way) {
      case 'browser killed':
        return killBrowser()
      case 'tab closed':
        return page.close()
      case 'tab crashed':
        return crash(page)
    }
  }

  return {
    async start(task, asker, { hear, onMemory }) {
      const page = await openTab(await ensureBrowser(), url, (report) => {
        hear(report)
        if (report.kind === 'halted') killOnce()
      })
      const session = await page.context().newCDPSession(page)
      onMemory?.(await measure(session), true)

      let killing: Promise<void> | undefined
      let isOver = false
      const killOnce = (): void => {
        if (!isOver) killing ??= kill(page)
      }
      const running = run(page, task, asker).then(
        () => {
          isOver = true
          // Whoever kills it waits for its end, which this is not.
          return killing === undefined ? page.close() : undefined
        },
        (error: unknown) => {
          if (killing === undefined) throw error
        },
      )
      const measuring = onMemory && measureOn(session, (memory) => onMemory(memory, false))
      const ended = Promise.all([running, measuring])
      return { ended: ended.then(() => killing), kill: killOnce }
    },
    killed: () => killed,
    [Symbol.asyncDispose]: killBrowser,
  }
}

const openTab = async (
  { context }: SpawnedChromium,
  url: string,
  hear: (report: Report) => void,
): Promise<Page> => {
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(error))
  await page.exposeFunction('told', hear)
  await page.goto(new URL('/app', url).href)
  return page
}

const run = (page: Page, task: Task, asker: string): Promise<void> =>
  page.evaluate(([what, who]) => window.run(what, who), [task, asker] as const)

const crash = async (page: Page): Promise<void> => {
  const crashed = page.waitForEvent('crash')
  await page.goto('chrome://crash').catch(() => undefined)
  await crashed
  await page.close()
}

const measure = async (session: CDPSession): Promise<Memory> => {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, totalSize } = await session.send('Runtime.getHeapUsage')
  return { held: usedSize, taken: totalSize }
}

const measureEvery = 200

/** Until the page is gone. */
const measureOn = async (session: CDPSession, tell: (memory: Memory) => void): Promise<void> => {
  try {
    for (;;) {
      tell(await measure(session))
      await pause(measureEvery)
    }
  } catch {
    return
  }
}
