import { DatabaseSync } from 'node:sqlite'

/**
 * What the shims have for a phone's native side: Node's SQLite, whose answers come later, as from a thread of each
 * connection's own.
 */
export interface NativeProcess {
  readonly open: (filename: string) => NativeConnection
  /** As the end of the app: connections close, nothing more is done, and nobody is answered. */
  readonly kill: () => void
}

export interface NativeConnection {
  readonly exec: (sql: string) => Promise<void>
  readonly rows: (sql: string, values: readonly NativeValue[]) => Promise<readonly NativeRow[]>
  readonly isInTransaction: () => boolean
  readonly close: () => Promise<void>
}

export type NativeValue = string | number | null
export type NativeRow = Record<string, unknown>

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const never = (): Promise<never> => new Promise(() => undefined)

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === 5

/** iOS reads text up to the first NUL. */
const cut = (value: unknown): unknown => (typeof value === 'string' ? value.split('\u0000', 1)[0] : value)

export const createNativeProcess = (): NativeProcess => {
  const databases = new Set<DatabaseSync>()
  let isAlive = true

  const open = (filename: string): NativeConnection => {
    const database = new DatabaseSync(filename)
    databases.add(database)
    let busyTimeout = 0
    let last: Promise<unknown> = Promise.resolve()

    /** Waits for locks as SQLite does, but lets the other threads, which this one thread plays, go on. */
    const patiently = async <TResult>(task: () => TResult): Promise<TResult> => {
      const until = performance.now() + busyTimeout
      for (;;) {
        await turn()
        if (!isAlive) return never()
        try {
          return task()
        } catch (error) {
          if (!isBusy(error) || performance.now() >= until) throw error
        }
      }
    }
    const perform = <TResult>(task: () => TResult): Promise<TResult> => {
      const result = last.then(() => patiently(task))
      last = result.catch(() => undefined)
      return result
    }

    return {
      exec: (sql) =>
        perform(() => {
          const timeout = /^PRAGMA busy_timeout = (\d+)$/.exec(sql)?.[1]
          if (timeout === undefined) database.exec(sql)
          else busyTimeout = Number(timeout)
        }),
      rows: (sql, values) =>
        perform(() =>
          database
            .prepare(sql)
            .all(...values)
            .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cut(value)]))),
        ),
      isInTransaction: () => database.isTransaction,
      close: () =>
        perform(() => {
          databases.delete(database)
          database.close()
        }),
    }
  }

  return {
    open,
    kill() {
      isAlive = false
      for (const database of databases) database.close()
      databases.clear()
    },
  }
}
