/** What runs SQL: a generated Prisma client, or the transaction of one. */
export interface SqlRunner {
  $queryRaw<TRow = unknown>(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<TRow>
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

/** What the store needs of a generated Prisma client, of whatever schema. `TTransaction`: its transaction's type. */
export interface PrismaClientLike<TTransaction extends SqlRunner = SqlRunner> {
  $transaction<TResult>(
    run: (tx: TTransaction) => Promise<TResult>,
    options?: { readonly maxWait?: number; readonly timeout?: number },
  ): Promise<TResult>
}
