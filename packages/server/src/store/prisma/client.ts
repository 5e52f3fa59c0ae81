/** What runs SQL: a generated Prisma client, or the transaction of one. */
export interface SqlRunner {
  $queryRaw<TRow = unknown>(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<TRow>
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

/** By Prisma's names. Clients for SQLite know the last one only. */
export type IsolationLevel = 'ReadCommitted' | 'RepeatableRead' | 'Serializable'

export interface TransactionOptions {
  /** Milliseconds to wait for a connection. */
  readonly maxWait?: number
  /** Milliseconds that it may take, from its first statement on. */
  readonly timeout?: number
  readonly isolationLevel?: IsolationLevel
}

/** What the store needs of a generated Prisma client, of whatever schema. `TTransaction`: its transaction's type. */
export interface PrismaClientLike<TTransaction extends SqlRunner = SqlRunner> {
  $transaction<TResult>(
    run: (tx: TTransaction) => Promise<TResult>,
    options?: TransactionOptions,
  ): Promise<TResult>
}
