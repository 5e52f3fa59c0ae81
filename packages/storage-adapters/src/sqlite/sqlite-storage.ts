import { statSync } from 'node:fs'
import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { defaultDriver } from './default-driver.ts'
import type { SqliteDriver } from './driver.ts'
import { createLeases } from './shared-file.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

export interface SqliteStorageOptions {
  /** The file that holds all databases of this adapter. Its folder has to exist. */
  readonly filename: string
  /** Default: better-sqlite3 where it is installed, else node:sqlite. Use one of them for one file in one process. */
  readonly driver?: SqliteDriver | undefined
  /**
   * `full` (default) waits for the disk in each commit, so that commits survive a power failure as far as the
   * disk keeps its word. `normal` is many times faster: commits survive the end of the process, but a power
   * failure may take the last ones; the file stays sound.
   */
  readonly durability?: 'full' | 'normal' | undefined
  /** For how long a call waits, blocking, while another process writes, in milliseconds. Default 2,000. */
  readonly busyTimeout?: number | undefined
  /** How often commits of other processes are looked for while `externalCommits$` is subscribed. Default 1,000. */
  readonly pollEvery?: number | undefined
  readonly environment?: Environment | undefined
}

/** Keeps several databases in one SQLite file, for Node, Electron and the like. */
export const sqliteStorage = (options: SqliteStorageOptions): StorageAdapter => {
  const { filename, driver = defaultDriver(), durability = 'full', environment = systemEnvironment } = options
  const { busyTimeout = 2000, pollEvery = 1000 } = options
  assertOptions({ filename, durability, busyTimeout, pollEvery })
  const lease = createLeases({ filename, driver, durability, busyTimeout, environment, pollEvery })

  return {
    name: 'sqlite',
    supports: { durable: true, sharedAcrossTabs: true },

    async open(name) {
      const { shared, release } = await lease()
      try {
        const { file, neighbours } = shared
        return openSqliteDatabase({ name, file, neighbours, release, database: shared.know(name) })
      } catch (error) {
        release()
        throw error
      }
    },

    async destroy(name) {
      if (statSync(filename, { throwIfNoEntry: false }) === undefined) return
      const { shared, release } = await lease()
      try {
        shared.forget(name)
        shared.file.destroy(name)
      } finally {
        release()
      }
    },
  }
}

interface Checked {
  readonly filename: string
  readonly durability: string
  readonly busyTimeout: number
  readonly pollEvery: number
}

const assertOptions = ({ filename, durability, busyTimeout, pollEvery }: Checked): void => {
  if (filename === '' || filename.includes(':memory:') || filename.startsWith('file:')) {
    const message = `sqliteStorage needs the path of a file, not '${filename}'; memoryStorage() keeps nothing on disk.`
    throw new SyncError('MISCONFIGURED', message, { option: 'filename' })
  }
  // Another adapter's word would stand for less than it says.
  if (durability !== 'full' && durability !== 'normal') {
    throw new SyncError('MISCONFIGURED', `durability is 'full' or 'normal', not '${durability}'.`, {
      option: 'durability',
    })
  }
  if (!(Number.isSafeInteger(busyTimeout) && busyTimeout >= 0)) {
    throw new SyncError('MISCONFIGURED', 'busyTimeout is a whole number of milliseconds.', {
      option: 'busyTimeout',
    })
  }
  if (!(pollEvery > 0)) {
    throw new SyncError('MISCONFIGURED', 'pollEvery is a number of milliseconds above 0.', {
      option: 'pollEvery',
    })
  }
}
