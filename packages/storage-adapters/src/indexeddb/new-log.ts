import type { Place } from './place.ts'

/** Far longer than it takes. Whoever opens a database waits no longer for it. */
const longestMs = 1_000

/**
 * Has Chromium begin another log, before anything is written.
 *
 * Chromium keeps all databases of an origin in one LevelDB. A browser that is killed amid a write leaves half a record at
 * the end of LevelDB's log. The next start reads over it, and then writes on behind it
 * (https://github.com/google/leveldb/issues/1287), by which the start after that takes the log for damaged: Chromium
 * removes all databases of the origin. When a database is deleted, LevelDB puts all that its log has into a table, and begins
 * another one. An empty database will do.
 *
 * Never fails: the database can be used all the same.
 */
export const startNewLog = ({ name, browser, environment }: Place): Promise<void> =>
  new Promise((resolve) => {
    if (!isChromium(browser.navigator)) return resolve()
    const passing = `holdfast-log/${name}`
    const done = (): void => {
      cancel()
      resolve()
    }
    const cancel = environment.timers.after(longestMs, resolve)
    const opening = browser.indexedDB.open(passing)
    opening.addEventListener('error', done)
    opening.addEventListener('success', () => {
      opening.result.close()
      const deleting = browser.indexedDB.deleteDatabase(passing)
      deleting.addEventListener('error', done)
      deleting.addEventListener('success', done)
    })
  })

/** Electron and Android's web view too. Chrome for iOS is none, and calls itself CriOS. */
const isChromium = (navigator: { readonly userAgent: string } | undefined): boolean =>
  navigator?.userAgent.includes('Chrome/') ?? false
