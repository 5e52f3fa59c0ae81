import type { SqliteDriver } from './driver.ts'

/** The npm package better-sqlite3, which the app installs. */
export const betterSqlite3Driver = (): SqliteDriver => ({
  name: 'better-sqlite3',
  async load() {
    const { default: Database } = await import('better-sqlite3')
    // The package loads its binary with the first connection only.
    new Database(':memory:').close()
    return {
      open: (filename) => new Database(filename),
      resultCodeOf: (error) =>
        error instanceof Database.SqliteError ? /^SQLITE_([A-Z]+)/.exec(error.code)?.[1] : undefined,
    }
  },
})
