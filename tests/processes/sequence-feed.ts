import type { PrismaClientLike, SqlRunner, TransactionOptions } from '@holdfast/server/prisma'

/**
 * A planted fault: feed positions come from a database sequence, as in many feeds, instead of from under the lock of
 * the scope's row. Numbers are then taken in one order and become visible in another. Rewrites the three statements of
 * the store that say where a scope stands; everything else is the store's own.
 */
export const createSequence = async (prisma: SqlRunner): Promise<void> => {
  // A batch takes a block of numbers, at least as many as it may have operations.
  await prisma.$executeRaw`CREATE SEQUENCE IF NOT EXISTS positions MINVALUE 0 INCREMENT BY 200`
}

const rewritten = (tx: SqlRunner): SqlRunner => ({
  $queryRaw<TRow>(texts: TemplateStringsArray, ...values: unknown[]): PromiseLike<TRow> {
    const statement = texts.join('?')
    if (statement.includes('FOR UPDATE')) {
      return tx.$queryRaw<TRow>`SELECT nextval('positions') AS head, '' AS nonce, 0 AS pruned_to`
    }
    if (statement.includes('LEFT JOIN holdfast_scopes')) {
      return tx.$queryRaw<TRow>`SELECT head, nonce, 0 AS pruned_to FROM holdfast_batches
        WHERE scope = ${values.at(-1)} ORDER BY head DESC LIMIT 1`
    }
    return tx.$queryRaw<TRow>(texts, ...values)
  },
  $executeRaw: (texts, ...values) =>
    texts.join('?').startsWith('UPDATE holdfast_scopes')
      ? Promise.resolve(1)
      : tx.$executeRaw(texts, ...values),
})

export const withSequenceFeed = (prisma: PrismaClientLike): PrismaClientLike => ({
  $transaction: <TResult>(run: (tx: SqlRunner) => Promise<TResult>, options?: TransactionOptions) =>
    prisma.$transaction((tx) => run(rewritten(tx)), options),
})
