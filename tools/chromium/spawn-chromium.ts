import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { chromium, type BrowserContext } from 'playwright-core'
import { chromiumArguments, chromiumPath } from './launch.ts'
import { shownBy } from './shown.ts'

export interface SpawnedChromium extends AsyncDisposable {
  readonly context: BrowserContext
  /** Ends the browser as `kill -9` does. */
  readonly kill: () => Promise<void>
}

/** A Chromium whose process is ours to kill, with its profile in this folder. Unseen, unless `--headed` was given. */
export const spawnChromium = async (folder: string): Promise<SpawnedChromium> => {
  const shown = shownBy(process.env, process.platform)
  const child = spawn(
    chromiumPath(),
    [
      ...chromiumArguments,
      ...(shown.headless ? ['--headless'] : []),
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const closed = once(child, 'close')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await closed
  }
  try {
    const address = await addressOf(createInterface({ input: child.stderr }))
    const browser = await chromium.connectOverCDP(address, shown.headless ? {} : { slowMo: shown.slowMo })
    const [context] = browser.contexts()
    if (context === undefined) throw new Error('Chromium has no default context.')
    return { context, kill, [Symbol.asyncDispose]: kill }
  } catch (error) {
    await kill()
    throw error
  }
}

/** Chromium tells the address at which it is driven on its standard error. */
const addressOf = (lines: ReturnType<typeof createInterface>): Promise<string> =>
  new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const address = /^DevTools listening on (\S+)/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
    lines.once('close', () => reject(new Error('Chromium ended before it could be driven.')))
  })
