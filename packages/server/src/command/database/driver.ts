import type { IsolationLevel, PrismaClientLike, SqlRunner } from '../../store/prisma/client.ts'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'

type Argument = string | number | boolean
interface DriverStatement {
  sql: string
  args: Argument[]
  argTypes: { scalarType: 'string' | 'bigint' | 'float' | 'boolean'; arity: 'scalar' }[]
}

interface Queryable {
  queryRaw(statement: DriverStatement): Promise<{
    readonly columnNames: readonly string[]
    readonly rows: readonly (readonly unknown[])[]
  }>
  executeRaw(statement: DriverStatement): Promise<number>
}

/** As of Prisma's driver adapters: whoever has it sends COMMIT or ROLLBACK, then gives the connection back. */
interface DriverTransaction extends Queryable {
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** What one of Prisma's driver adapters connects to. */
export interface DriverConnection extends Queryable {
  startTransaction(
    isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE',
  ): Promise<DriverTransaction>
  dispose(): Promise<void>
}

const placeholders: Readonly<Record<Provider, (place: number) => string>> = {
  sqlite: () => '?',
  postgresql: (place) => `$${place}`,
}

const isolations = {
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
} as const satisfies Record<IsolationLevel, string>

/** better-sqlite3 takes a number for a REAL; integers go as bigints. */
const argumentOf = (value: unknown): [Argument, DriverStatement['argTypes'][number]] => {
  if (typeof value === 'boolean') return [value, { scalarType: 'boolean', arity: 'scalar' }]
  if (typeof value !== 'number') return [String(value), { scalarType: 'string', arity: 'scalar' }]
  return Number.isSafeInteger(value)
    ? [String(value), { scalarType: 'bigint', arity: 'scalar' }]
    : [value, { scalarType: 'float', arity: 'scalar' }]
}

const runnerOf = (queryable: Queryable, provider: Provider): SqlRunner => {
  const statement = (texts: readonly string[], values: readonly unknown[]): DriverStatement => {
    const read = values.map(argumentOf)
    return {
      sql: texts.reduce((whole, text, place) => whole + placeholders[provider](place) + text),
      args: read.map(([argument]) => argument),
      argTypes: read.map(([, type]) => type),
    }
  }
  return {
    async $queryRaw<TRow>(texts: TemplateStringsArray, ...values: unknown[]): Promise<TRow> {
      const { columnNames, rows } = await queryable.queryRaw(statement(texts, values))
      return rows.map((row) => Object.fromEntries(columnNames.map((name, at) => [name, row[at]]))) as TRow
    },
    $executeRaw: (texts, ...values) => queryable.executeRaw(statement(texts, values)),
  }
}

const bare = (sql: string): DriverStatement => ({ sql, args: [], argTypes: [] })

/** What the store needs of a Prisma client, without one: a command can't have what the app generates. */
export const clientOver = (
  connection: DriverConnection,
  provider: Provider,
): PrismaClientLike & SqlRunner => ({
  ...runnerOf(connection, provider),
  async $transaction(run, { isolationLevel } = {}) {
    const tx = await connection.startTransaction(isolationLevel && isolations[isolationLevel])
    try {
      const result = await run(runnerOf(tx, provider))
      await tx.executeRaw(bare('COMMIT'))
      await tx.commit()
      return result
    } catch (error) {
      // Where even this fails the connection is gone, and its transaction with it.
      await tx.executeRaw(bare('ROLLBACK')).catch(() => undefined)
      await tx.rollback()
      throw error
    }
  },
})
