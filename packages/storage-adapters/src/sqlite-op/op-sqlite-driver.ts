import type { AsyncSqliteConnection, AsyncSqliteDriver, SqliteCall } from '../sqlite/driver.ts'
import { codeOfNumber, codeOfSentence } from '../sqlite/result-codes.ts'
import { transactionsBySql } from '../sqlite/transactions-by-sql.ts'

/** What the driver uses of `@op-engineering/op-sqlite`, as far as it uses it. */
export interface OpSqlite {
  open(options: { readonly name: string; readonly location?: string }): OpDatabase
}

export interface OpDatabase {
  execute(query: string, params?: (string | number)[]): Promise<{ readonly rows: readonly unknown[] }>
  close(): void
}

export interface OpSqliteDriverOptions {
  /** The folder of the file. Default: the library's own. */
  readonly location?: string | undefined
}

/** `import * as OPSQLite from '@op-engineering/op-sqlite'`, which the app installs. */
export const opSqliteDriver = (
  library: OpSqlite,
  { location }: OpSqliteDriverOptions = {},
): AsyncSqliteDriver => ({
  name: 'op-sqlite',
  load: async () => ({
    openAsync: async (name) =>
      toConnection(library.open({ name, ...(location !== undefined && { location }) })),
    resultCodeOf,
  }),
})

const toConnection = (database: OpDatabase): AsyncSqliteConnection => {
  const execute = async ({ sql, values }: SqliteCall): Promise<readonly unknown[]> =>
    (await database.execute(sql, [...values])).rows
  const exec = (sql: string): Promise<unknown> => database.execute(sql)
  return {
    ...transactionsBySql(exec),
    exec,
    async run(calls) {
      for (const call of calls) await execute(call)
    },
    all: execute,
    close: async () => database.close(),
  }
}

/** Some of its errors carry SQLite's number, the others only SQLite's sentence. */
const resultCodeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  const number = /SQLite code: (\d+)/i.exec(error.message)?.[1]
  return number === undefined ? codeOfSentence(error.message) : codeOfNumber(Number(number))
}
