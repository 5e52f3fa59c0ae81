import type { ScopeState } from '../../contract.ts'
import type { IsolationLevel, SqlRunner } from '../client.ts'

/** The databases that the store speaks, by Prisma's names. */
export type Provider = 'sqlite' | 'postgresql'

export type TransactionKind = 'read' | 'write'

/** Where the databases differ. The statements that read and save rows are the same for both. */
export interface Dialect {
  readonly isolation: Readonly<Record<TransactionKind, IsolationLevel | undefined>>
  /** In this process, transactions of one turn run one after the other; undefined: beside all others. */
  readonly turnOf: (kind: TransactionKind, scope: string) => string | undefined
  /** A transaction's first statements. */
  readonly begin: Readonly<Record<TransactionKind, Begin>>
  /** Until the transaction ends nobody else claims events. */
  readonly lockOutbox: (db: SqlRunner) => Promise<void>
  /** The last statement of a write: rejects when the database would not commit it. */
  readonly beforeCommit: (db: SqlRunner) => Promise<void>
}

/**
 * Where the scope stands; for a write under the lock of its row, which is made where it is missing. `timeoutMs`: the
 * most that the transaction may wait for locks, let a statement run, or stand idle.
 */
export type Begin = (db: SqlRunner, scope: string, timeoutMs: number) => Promise<ScopeState>
