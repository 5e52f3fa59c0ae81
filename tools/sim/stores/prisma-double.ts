import type { PrismaClientLike, SqlRunner } from '@holdfast/server/prisma'
import type BetterSqlite3 from 'better-sqlite3'

const toColumn = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)

/**
 * As much of a Prisma client as the Prisma store needs, over one connection: the store and its SQL are real, Prisma's
 * engine, which takes real time, is not there. Transactions must come one after the other.
 */
export const prismaDouble = (database: BetterSqlite3.Database): PrismaClientLike => {
  const statements = new Map<string, BetterSqlite3.Statement>()
  const prepare = (texts: TemplateStringsArray): BetterSqlite3.Statement => {
    const sql = texts.join('?')
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const runner: SqlRunner = {
    $queryRaw: async <TRow>(texts: TemplateStringsArray, ...values: unknown[]): Promise<TRow> =>
      prepare(texts).all(...values.map(toColumn)) as TRow,
    $executeRaw: async (texts, ...values) => prepare(texts).run(...values.map(toColumn)).changes,
  }
  return {
    async $transaction(run) {
      database.exec('BEGIN')
      try {
        const result = await run(runner)
        database.exec('COMMIT')
        return result
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
  }
}
