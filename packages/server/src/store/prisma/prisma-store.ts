import { systemEnvironment, type Environment } from '@holdfast/core'
import type { ServerStore } from '../contract.ts'
import { retrying } from '../retrying.ts'
import { createSerialQueue } from '../serial-queue.ts'
import type { PrismaClientLike, SqlRunner } from './client.ts'
import { createReads, readState, toState } from './reads.ts'
import type { DbState } from './rows.ts'
import { save } from './save.ts'
import { query, sql } from './sql.ts'
import { isTransient } from './transient.ts'

export interface PrismaStoreOptions {
  readonly environment?: Environment | undefined
  /** Milliseconds that one transaction may take. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How often a transaction is tried while other processes hold the database. Default 10. */
  readonly attempts?: number | undefined
}

/**
 * The tables of `prisma/schema.prisma` on SQLite. The client may be generated from any schema; only its raw SQL is
 * used. Give the store a PrismaClient of its own: a driver with one connection mixes what else runs on it meanwhile
 * into the open transaction.
 */
export const prismaStore = <TTransaction extends SqlRunner>(
  prisma: PrismaClientLike<TTransaction>,
  options: PrismaStoreOptions = {},
): ServerStore<TTransaction> => {
  const { environment = systemEnvironment, timeoutMs = 30_000, attempts = 10 } = options
  const limits = { maxWait: timeoutMs, timeout: timeoutMs }
  // SQLite has one writer, and Prisma fails when more transactions wait than the machine has cores.
  const queue = createSerialQueue()

  const transaction = <TResult>(run: (tx: TTransaction) => Promise<TResult>): Promise<TResult> =>
    retrying({ environment, attempts, isTransient }, () => queue.run(() => prisma.$transaction(run, limits)))

  return {
    write: (scope, run) =>
      transaction(async (db) => {
        const state = await lockScope(db, scope)
        return await run({
          database: db,
          state,
          ...createReads(db, scope),
          save: (changes) => save(db, scope, changes),
        })
      }),
    read: (scope, run) =>
      transaction(async (db) =>
        run({ database: db, state: await readState(db, scope), ...createReads(db, scope) }),
      ),
    isTransient,
  }
}

/** A write and the first statement, so that SQLite gives the write lock before anything was read. */
const lockScope = async (db: SqlRunner, scope: string): ReturnType<typeof readState> => {
  const [row] = await query<DbState>(
    db,
    sql`INSERT INTO holdfast_scopes (scope, head, nonce, pruned_to) VALUES (${scope}, 0, '', 0)
        ON CONFLICT (scope) DO UPDATE SET scope = excluded.scope
        RETURNING head, nonce, pruned_to`,
  )
  return toState(row)
}
