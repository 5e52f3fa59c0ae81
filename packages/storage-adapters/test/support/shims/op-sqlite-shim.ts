import { join } from 'node:path'
import type { open, Scalar } from '../../published/op-sqlite.ts'
import type { NativeProcess, NativeRow, NativeValue } from './native-process.ts'

interface OpSqlite {
  readonly open: typeof open
}

/** A shim, not op-sqlite: its API over Node's SQLite, with its answers that come later, its rows and its errors. */
export const opSqliteShim = (process: NativeProcess, folder: string): OpSqlite => ({
  open({ name, location = folder }) {
    const connection = sync(() => process.open(join(location, name)))
    let isClosed = false
    const close = (): void => {
      isClosed = true
      void connection.close()
    }
    return {
      close,
      closeAsync: async () => close(),
      async execute(query, params) {
        if (isClosed) throw new Error('[op-sqlite][execute] database is closed')
        // Also what has rows goes through one call, and a PRAGMA without values answers with its row.
        const run = params === undefined ? connection.exec(query).then((): NativeRow[] => []) : undefined
        const rows = await (run ?? connection.rows(query, params as NativeValue[])).catch(fail)
        return { rowsAffected: 0, rows: rows as Record<string, Scalar>[] }
      },
    }
  },
})

/** Without SQLite's number, as `opsqlite_execute` says it. */
const fail = (error: unknown): never => {
  throw new Error(`[op-sqlite] sqlite query error: ${error instanceof Error ? error.message : String(error)}`)
}

const sync = <TResult>(run: () => TResult): TResult => {
  try {
    return run()
  } catch (error) {
    return fail(error)
  }
}
