import { systemEnvironment, type Environment } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { sqliteStorage, type SqliteDriver } from '@holdfast/storage-adapters/sqlite'
import Database from 'better-sqlite3'

/** Nobody but the simulation writes, so nobody has to be looked for. */
const timeless: Environment = { ...systemEnvironment, timers: { after: () => () => undefined } }

/**
 * A device's SQLite database, real but for its disk. It lives as long as the adapter, as a file would: all tabs share
 * it, and whoever comes after the last has closed it finds what was there.
 */
export const sqlitePlace = (): StorageAdapter => {
  const database = new Database(':memory:')
  const driver: SqliteDriver = {
    name: 'better-sqlite3 in memory',
    load: async () => ({
      open: () => ({
        exec: (sql) => database.exec(sql),
        prepare: (sql) => database.prepare(sql),
        close: () => undefined,
      }),
      resultCodeOf: (error) =>
        error instanceof Database.SqliteError ? /^SQLITE_([A-Z]+)/.exec(error.code)?.[1] : undefined,
    }),
  }
  return sqliteStorage({ filename: '/nowhere/simulated.db', driver, environment: timeless })
}
