import { SyncError } from '@holdfast/core'
import type { AsyncSqliteConnection, AsyncSqliteDriver } from '../sqlite/driver.ts'
import { codeOfSentence } from '../sqlite/result-codes.ts'
import type { CapacitorConnection, CapacitorConnections } from './capacitor-sqlite.ts'

/**
 * The app's one `SQLiteConnection` of `@capacitor-community/sqlite`. The plugin has one connection for each file, so a
 * second adapter on it is refused.
 */
export const capacitorSqliteDriver = (connections: CapacitorConnections): AsyncSqliteDriver => ({
  name: 'capacitor-sqlite',
  traits: { journal: 'wal', sharedAcrossTabs: false },
  load: async () => ({
    openAsync: (filename) => open(connections, filename),
    resultCodeOf: (error) => codeOfSentence(error instanceof Error ? error.message : String(error)),
  }),
})

/** The plugin compares it with SQLite's `user_version`, which is ours; without upgrade statements nothing follows. */
const version = 1

const open = async (connections: CapacitorConnections, filename: string): Promise<AsyncSqliteConnection> => {
  // A page that was loaded anew left its connections on the native side, maybe in a transaction: this closes them.
  await connections.checkConnectionsConsistency()
  const { result: isOpen } = await connections.isConnection(filename, false)
  if (isOpen === true) throw locked(filename)
  const connection = await connections.createConnection(filename, false, 'no-encryption', version, false)
  try {
    await connection.open()
  } catch (error) {
    await connections.closeConnection(filename, false)
    throw error
  }
  return toConnection(connection, () => connections.closeConnection(filename, false))
}

const toConnection = (
  connection: CapacitorConnection,
  close: () => Promise<unknown>,
): AsyncSqliteConnection => ({
  // Not by SQL: Android gives a statement outside of its own transactions to whichever connection is free.
  begin: () => connection.beginTransaction(),
  commit: () => connection.commitTransaction(),
  rollback: () => connection.rollbackTransaction(),
  // A statement with rows may not go through execute on Android, and most PRAGMAs have some.
  exec: (sql) => (sql.startsWith('PRAGMA') ? connection.query(sql, []) : connection.execute(sql, false)),
  async run(calls) {
    const [only] = calls
    if (calls.length === 1 && only !== undefined) return connection.run(only.sql, [...only.values], false)
    const set = calls.map(({ sql, values }) => ({ statement: sql, values: [...values] }))
    return connection.executeSet(set, false)
  },
  all: async ({ sql, values }) => (await connection.query(sql, [...values])).values ?? [],
  close,
})

const locked = (filename: string): SyncError<'STORAGE_LOCKED'> =>
  new SyncError(
    'STORAGE_LOCKED',
    `This app has ${filename} open already; use one adapter for it, or close the other.`,
    { name: filename },
  )
