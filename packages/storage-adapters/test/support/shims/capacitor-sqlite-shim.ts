import { join } from 'node:path'
import type { ISQLiteConnection, ISQLiteDBConnection } from '../../published/capacitor-sqlite.ts'
import type { NativeConnection, NativeProcess, NativeValue } from './native-process.ts'

/** The plugin's native side, which outlives the page. */
export interface NativeApp {
  readonly open: (database: string) => void
  readonly connection: (database: string) => NativeConnection
  readonly close: (database: string) => Promise<void>
  readonly names: () => readonly string[]
}

export const createNativeApp = (process: NativeProcess, folder: string): NativeApp => {
  const connections = new Map<string, NativeConnection>()
  const connection = (database: string): NativeConnection => {
    const found = connections.get(database)
    if (found === undefined) throw new Error(`No available connection for database ${database}`)
    return found
  }
  return {
    connection,
    open(database) {
      if (connections.has(database)) throw new Error(`Connection ${database} already exists`)
      connections.set(database, process.open(join(folder, `${database}SQLite.db`)))
    },
    async close(database) {
      const closing = connection(database)
      connections.delete(database)
      await closing.close()
    },
    names: () => [...connections.keys()],
  }
}

/** What crosses the bridge is JSON. */
const bridged = <TValue>(value: TValue): TValue => JSON.parse(JSON.stringify(value)) as TValue

/**
 * A shim, not the plugin: the API of its `SQLiteConnection` over Node's SQLite, with its answers that come later, its
 * rows, its errors, and its own transactions. Each page has one of its own.
 */
export const capacitorSqliteShim = (app: NativeApp): ISQLiteConnection => {
  const known = new Set<string>()
  const nameOf = (database: string): string => (database.endsWith('.db') ? database.slice(0, -3) : database)

  return {
    async createConnection(database) {
      const name = nameOf(database)
      app.open(name)
      known.add(name)
      return toConnection(name, app)
    },
    isConnection: async (database) => ({ result: known.has(nameOf(database)) }),
    async closeConnection(database) {
      await app.close(nameOf(database))
      known.delete(nameOf(database))
    },
    async checkConnectionsConsistency() {
      const isConsistent =
        known.size > 0 && app.names().length === known.size && app.names().every((name) => known.has(name))
      if (isConsistent) return { result: true }
      for (const name of app.names()) await app.close(name)
      known.clear()
      return { result: false }
    },
  }
}

const toConnection = (name: string, app: NativeApp): ISQLiteDBConnection => {
  const native = (): NativeConnection => app.connection(name)
  const changes = { changes: { changes: 0, lastId: 0 } }

  const begin = async (): Promise<void> => {
    if (native().isInTransaction()) throw new Error('Failed in beginTransactionAlready in transaction')
    await native().exec('BEGIN EXCLUSIVE')
  }
  const wrapped = async (transaction: boolean, run: () => Promise<unknown>): Promise<typeof changes> => {
    if (transaction) await begin()
    try {
      await run()
      if (transaction) await native().exec('COMMIT')
      return changes
    } catch (error) {
      if (transaction && native().isInTransaction()) await native().exec('ROLLBACK')
      throw error
    }
  }

  return {
    async open() {
      await native().rows('PRAGMA foreign_keys = ON', [])
    },
    beginTransaction: async () => begin().then(() => changes),
    async commitTransaction() {
      if (!native().isInTransaction()) throw new Error('Failed in commitTransactionNo transaction active')
      await native().exec('COMMIT')
      return changes
    },
    async rollbackTransaction() {
      if (native().isInTransaction()) await native().exec('ROLLBACK')
      return changes
    },
    execute: (statements, transaction = true) =>
      wrapped(transaction, async () => {
        for (const statement of statements.split(';\n')) {
          if (/^\s*(PRAGMA|SELECT)/i.test(statement))
            throw new Error('Queries can be performed using query or rawQuery methods only.')
          await native().exec(statement)
        }
      }),
    async query(statement, values = []) {
      const timeout = /^PRAGMA busy_timeout = \d+$/.test(statement)
      if (timeout) await native().exec(statement)
      return bridged({ values: timeout ? [] : [...(await native().rows(statement, valuesOf(values)))] })
    },
    run: (statement, values = [], transaction = true) =>
      wrapped(transaction, () => native().rows(statement, valuesOf(values))),
    executeSet: (set, transaction = true) =>
      wrapped(transaction, async () => {
        for (const { statement = '', values = [] } of bridged(set)) {
          if (Array.isArray(values[0])) throw new Error('The shim has no lists of rows.')
          await native().rows(statement, valuesOf(values))
        }
      }),
  }
}

const valuesOf = (values: readonly unknown[]): NativeValue[] => bridged([...values]) as NativeValue[]
