import { SyncError } from '@holdfast/core'
import type { SqliteConnection, SqliteDriver, SqliteStatement, SqliteValue } from '../sqlite/driver.ts'
import { codeOfNumber } from '../sqlite/result-codes.ts'
import { hasSpace } from './has-space.ts'
import type { PoolLocks } from './pool-lock.ts'
import { createPool } from './pool.ts'
import type { SqliteWasm, WasmDatabase, WasmStatement } from './sqlite-wasm.ts'

export interface SqliteWasmDriverOptions {
  /** The folder in the origin's private file system that is the driver's alone. Default `holdfast`. */
  readonly directory?: string | undefined
  /** How many files the folder has at first: two for each database file. It grows with them. Default 6. */
  readonly capacity?: number | undefined
  /** Default: `navigator.locks`. */
  readonly locks?: PoolLocks | undefined
}

/**
 * The module that `@sqlite.org/sqlite-wasm` initializes, in a dedicated worker: only there the origin's private file
 * system can be written at once. One tab at a time has the files; the next one is refused with STORAGE_LOCKED.
 */
export const sqliteWasmDriver = (
  sqlite3: SqliteWasm,
  options: SqliteWasmDriverOptions = {},
): SqliteDriver => {
  const { directory = 'holdfast', capacity = 6, locks = navigator.locks } = options
  const pool = createPool(sqlite3, { directory, capacity, locks })
  const openFiles = new Set<string>()

  return {
    name: 'sqlite-wasm',
    // No shared memory for a WAL; and two connections of one pool would not notice each other's locks.
    traits: { journal: 'truncate', sharedAcrossTabs: false },
    async load() {
      const { OpfsSAHPoolDb } = await pool.enter()
      return {
        open(filename) {
          const path = filename.startsWith('/') ? filename : `/${filename}`
          try {
            if (openFiles.has(path)) throw openAlready(filename)
            const database = new OpfsSAHPoolDb(path)
            openFiles.add(path)
            return toConnection(database, () => {
              openFiles.delete(path)
              return pool.leave()
            })
          } catch (error) {
            void pool.leave().catch(() => undefined)
            throw error
          }
        },
        resultCodeOf(error) {
          const code = codeOf(error)
          return code === 'IOERR' ? fullOrFailing() : code
        },
      }
    },
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'resultCode' in error && typeof error.resultCode === 'number'
    ? codeOfNumber(error.resultCode)
    : undefined

/** The library calls a quota that is used up an error of the disk. */
const fullOrFailing = async (): Promise<'FULL' | 'IOERR'> => ((await hasSpace()) ? 'IOERR' : 'FULL')

const openAlready = (filename: string): SyncError<'STORAGE_LOCKED'> =>
  new SyncError(
    'STORAGE_LOCKED',
    `This worker has ${filename} open already; use one adapter for it, or close the other.`,
    { name: filename },
  )

const toConnection = (database: WasmDatabase, closed: () => Promise<unknown>): SqliteConnection => ({
  exec: (sql) => database.exec(sql),
  prepare: (sql) => toStatement(database.prepare(sql)),
  close() {
    database.close()
    return closed()
  },
})

const toStatement = (statement: WasmStatement): SqliteStatement => {
  const rowsOf = (values: readonly SqliteValue[]): readonly unknown[] => {
    const rows: unknown[] = []
    try {
      if (values.length > 0) statement.bind([...values])
      while (statement.step()) rows.push(statement.get({}))
      return rows
    } finally {
      reset(statement)
    }
  }
  return {
    run: (...values) => rowsOf(values),
    get: (...values) => rowsOf(values)[0],
    all: (...values) => rowsOf(values),
  }
}

/** Also lets go of what was bound, which may be a megabyte. After a failed step it fails with the same failure again. */
const reset = (statement: WasmStatement): void => {
  try {
    statement.reset(true)
  } catch {
    return
  }
}
