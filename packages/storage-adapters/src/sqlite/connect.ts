import { statSync } from 'node:fs'
import type { SqliteConnection, SqliteLibrary } from './driver.ts'
import { corrupt } from './failures.ts'
import { assertLayout, isNewFile, prepareLayout } from './layout.ts'

export interface ConnectOptions {
  readonly filename: string
  readonly durability: 'full' | 'normal'
  readonly busyTimeout: number
}

const sizeOf = (filename: string): number => statSync(filename, { throwIfNoEntry: false })?.size ?? 0

/**
 * Opens the file, checks it and makes it ours. Never removes or replaces anything: what can't be read stays.
 */
export const connect = (library: SqliteLibrary, options: ConnectOptions): SqliteConnection => {
  const { filename, durability, busyTimeout } = options
  const leftOver = sizeOf(`${filename}-wal`) > 0
  if (leftOver && sizeOf(filename) === 0)
    throw corrupt(filename, 'its -wal file is there, but it is missing or empty')
  const connection = library.open(filename)
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyTimeout}`)
    const isNew = isNewFile(connection)
    if (!isNew) assertLayout(connection, filename)
    if (leftOver) assertSound(connection, filename)
    connection.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
      PRAGMA secure_delete = ON;
    `)
    if (isNew) prepareLayout(connection, filename)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** The last process to close a file removes the log, so a log that is left over tells of a crash (or of a neighbour). */
const assertSound = (connection: SqliteConnection, filename: string): void => {
  const row = connection.prepare('PRAGMA quick_check(1)').get()
  const verdict = typeof row === 'object' && row !== null ? String(Object.values(row)[0]) : 'no answer'
  if (verdict !== 'ok') throw corrupt(filename, verdict)
}
