import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { thisBrowser, type IndexedDbBrowser } from './browser.ts'
import { removeDatabase } from './connection.ts'
import { openIndexedDbDatabase } from './indexeddb-database.ts'
import type { Place } from './place.ts'

export interface IndexedDbStorageOptions {
  /** Tells the app's databases from others of the same origin. Each user gets a database of its own under it. */
  readonly name: string
  /**
   * `strict` (default) has the browser wait for the disk in each commit, so that commits survive a power failure
   * as far as the disk keeps its word. `relaxed` leaves that to the operating system: single commits are up to four
   * times as fast and survive the end of the browser, but a power failure may take the last ones.
   */
  readonly durability?: 'strict' | 'relaxed' | undefined
  /** For how long opening and removing wait while another tab holds the database, in milliseconds. Default 10,000. */
  readonly busyTimeout?: number | undefined
  /**
   * How often other tabs' commits are looked for while `externalCommits$` is subscribed, in milliseconds. Default
   * 10,000: tabs tell each other at once, and this finds the commits of a tab that ended before it could tell.
   * Where the browser has no BroadcastChannel all are found that way, and the default is 1,000.
   */
  readonly pollEvery?: number | undefined
  /** Default: the globals of this window or worker, looked up when a database is opened. */
  readonly browser?: IndexedDbBrowser | undefined
  readonly environment?: Environment | undefined
}

/** Keeps each database in an IndexedDB database of its own, for pages and workers. */
export const indexedDbStorage = (options: IndexedDbStorageOptions): StorageAdapter => {
  const {
    name,
    durability = 'strict',
    busyTimeout = 10_000,
    pollEvery,
    environment = systemEnvironment,
  } = options
  assertOptions(options)

  const placeOf = (database: string): Place => {
    const place = `holdfast/${encodeURIComponent(name)}/${database}`
    return { name: place, browser: options.browser ?? thisBrowser(place), environment, busyTimeout }
  }

  return {
    name: 'indexeddb',
    supports: { durable: true, sharedAcrossTabs: true },

    async open(database) {
      return openIndexedDbDatabase({ ...placeOf(database), durability, pollEvery })
    },

    async destroy(database) {
      await removeDatabase(placeOf(database))
    },
  }
}

const assertOptions = (options: IndexedDbStorageOptions): void => {
  const { name, busyTimeout = 1, pollEvery = 1 } = options
  const durability: string = options.durability ?? 'strict'
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw new SyncError('MISCONFIGURED', 'indexedDbStorage needs a name, e.g. that of the app.', {
      option: 'name',
    })
  }
  if (durability !== 'strict' && durability !== 'relaxed') {
    throw new SyncError('MISCONFIGURED', `durability is 'strict' or 'relaxed', not '${durability}'.`, {
      option: 'durability',
    })
  }
  for (const [option, ms] of Object.entries({ busyTimeout, pollEvery })) {
    if (ms > 0) continue
    throw new SyncError('MISCONFIGURED', `${option} is a number of milliseconds above 0.`, { option })
  }
}
