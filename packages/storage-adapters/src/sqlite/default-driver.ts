import { SyncError } from '@holdfast/core'
import { betterSqlite3Driver } from './better-sqlite3-driver.ts'
import type { SqliteDriver, SqliteLibrary } from './driver.ts'
import { nodeSqliteDriver } from './node-sqlite-driver.ts'

/** better-sqlite3 where it can be loaded, else node:sqlite. */
export const defaultDriver = (): SqliteDriver => firstOf([betterSqlite3Driver(), nodeSqliteDriver()])

export const firstOf = (drivers: readonly SqliteDriver[]): SqliteDriver => ({
  name: drivers.map(({ name }) => name).join(' or '),
  async load(): Promise<SqliteLibrary> {
    const failures: unknown[] = []
    for (const driver of drivers) {
      try {
        return await driver.load()
      } catch (error) {
        failures.push(error)
      }
    }
    throw new SyncError(
      'MISCONFIGURED',
      'No SQLite was found: install better-sqlite3, or run Node 22.13 or newer, which brings node:sqlite.',
      { option: 'driver' },
      { cause: new AggregateError(failures) },
    )
  },
})
