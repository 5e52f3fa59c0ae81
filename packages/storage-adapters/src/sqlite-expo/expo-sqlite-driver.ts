import type { AsyncSqliteConnection, AsyncSqliteDriver, SqliteCall } from '../sqlite/driver.ts'
import { codeOfNumber, codeOfSentence } from '../sqlite/result-codes.ts'
import { transactionsBySql } from '../sqlite/transactions-by-sql.ts'
import type { ExpoDatabase, ExpoResult, ExpoSqlite, ExpoStatement } from './expo-sqlite.ts'

/** `import * as SQLite from 'expo-sqlite'`, which the app installs. The filename is a name in Expo's folder for databases. */
export const expoSqliteDriver = (library: ExpoSqlite): AsyncSqliteDriver => ({
  name: 'expo-sqlite',
  load: async () => ({
    // Else all who open the file share one native connection, and with it their transactions.
    openAsync: async (filename) =>
      toConnection(await library.openDatabaseAsync(filename, { useNewConnection: true })),
    resultCodeOf,
  }),
})

const toConnection = (database: ExpoDatabase): AsyncSqliteConnection => {
  const statements = new Map<string, Promise<ExpoStatement>>()
  const statement = (sql: string): Promise<ExpoStatement> => {
    const prepared = statements.get(sql) ?? database.prepareAsync(sql)
    statements.set(sql, prepared)
    return prepared
  }
  const execute = async (call: SqliteCall): Promise<ExpoResult<unknown>> =>
    (await statement(call.sql)).executeAsync<unknown>([...call.values])

  return {
    ...transactionsBySql((sql) => database.execAsync(sql)),
    exec: (sql) => database.execAsync(sql),
    async run(calls) {
      for (const call of calls) await execute(call)
    },
    all: async (call) => (await execute(call)).getAllAsync(),
    // Expo finalizes what was prepared.
    close: () => database.closeAsync(),
  }
}

/** The number is there on iOS; on Android (57.0.3) it is written as a character, and only the sentence tells. */
const resultCodeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  const number = /Error code (\d+):/.exec(error.message)?.[1]
  return number === undefined ? codeOfSentence(error.message) : codeOfNumber(Number(number))
}
