import type { AsyncSqliteConnection } from './driver.ts'

type Transactions = Pick<AsyncSqliteConnection, 'begin' | 'commit' | 'rollback'>

/** For libraries that keep to one connection, so that a transaction can be had by its words. */
export const transactionsBySql = (exec: (sql: string) => Promise<unknown>): Transactions => ({
  begin: (mode) => exec(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN'),
  commit: () => exec('COMMIT'),
  rollback: () => exec('ROLLBACK'),
})
