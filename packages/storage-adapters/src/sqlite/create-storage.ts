import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { AnyDriver } from './connect.ts'
import type { SqliteTraits } from './driver.ts'
import type { Platform } from './platform.ts'
import { createLeases } from './shared-file.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

export interface CommonOptions {
  /** The file that holds all databases of this adapter. Its folder has to exist. */
  readonly filename: string
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

const usualTraits: SqliteTraits = { journal: 'wal', sharedAcrossTabs: true }

export const createSqliteStorage = (
  options: CommonOptions & { readonly driver: AnyDriver },
  platform: Platform,
): StorageAdapter => {
  const { filename, driver, durability = 'full', environment = systemEnvironment } = options
  const { busyTimeout = 2000, pollEvery = 1000 } = options
  const { traits = usualTraits } = driver
  assertOptions({ filename, durability, busyTimeout, pollEvery })
  const lease = createLeases({
    filename,
    driver,
    durability,
    busyTimeout,
    environment,
    pollEvery,
    traits,
    platform,
  })

  return {
    name: 'sqlite',
    supports: { durable: true, sharedAcrossTabs: traits.sharedAcrossTabs },

    async open(name) {
      const { shared, release } = await lease()
      try {
        const { file, neighbours } = shared
        const known = shared.know(name)
        const database = known instanceof Promise ? await known : known
        return openSqliteDatabase({ name, file, neighbours, release, database })
      } catch (error) {
        await release()
        throw error
      }
    },

    async destroy(name) {
      if (platform.sizeOf !== undefined && platform.sizeOf(filename) === undefined) return
      const { shared, release } = await lease()
      try {
        shared.forget(name)
        await shared.file.destroy(name)
      } finally {
        await release()
      }
    },
  }
}

interface Checked {
  /** Of a variable that is not set, say. */
  readonly filename: unknown
  readonly durability: string
  readonly busyTimeout: number
  readonly pollEvery: number
}

const assertOptions = ({ filename, durability, busyTimeout, pollEvery }: Checked): void => {
  const isPath = typeof filename === 'string' && filename !== ''
  if (!isPath || filename.includes(':memory:') || filename.startsWith('file:')) {
    const message = `sqliteStorage needs the path of a file as its filename, not '${String(filename)}'; memoryStorage() keeps nothing on disk.`
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
