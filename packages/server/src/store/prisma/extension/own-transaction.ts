import type { Dialect } from '../dialect/dialect.ts'
import { violationOf } from '../models/violations.ts'
import { transactionOf, type ExtensibleClient, type Interactive } from './client.ts'
import { isOneStatement, type Write } from './plan.ts'

type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'refused'; readonly error: unknown }

export interface OwnTransaction {
  readonly root: ExtensibleClient
  readonly dialect: Dialect
  readonly timeoutMs: number
}

/** The transaction of a write that is in none. */
export const inOwnTransaction = async (
  { root, dialect, timeoutMs }: OwnTransaction,
  write: Write,
  run: (transaction: Interactive) => Promise<unknown>,
): Promise<unknown> => {
  // Prisma's driver for SQLite has one connection: what else the app writes meanwhile is in this transaction too, and would be
  // undone with it. Where nothing of the write stays anyhow, it ends without undoing anything.
  const commitsRefusals = dialect.name === 'sqlite' && isOneStatement(write)
  const attempt = async (tx: ExtensibleClient): Promise<Outcome> => {
    try {
      return { kind: 'done', result: await run(transactionOf(tx)) }
    } catch (error) {
      if (!commitsRefusals || !isRefusal(error)) throw error
      return { kind: 'refused', error }
    }
  }
  const outcome = (await root.$transaction(attempt, { maxWait: timeoutMs, timeout: timeoutMs })) as Outcome
  if (outcome.kind === 'refused') throw outcome.error
  return outcome.result
}

/** The database, or Prisma before it was asked, says no; P2025: there is no such row. */
const isRefusal = (error: unknown): boolean =>
  violationOf(error, () => undefined) !== undefined || (error as { readonly code?: unknown }).code === 'P2025'
