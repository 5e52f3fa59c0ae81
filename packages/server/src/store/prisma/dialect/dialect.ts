import type { RecordAddress, ScopeState } from '../../contract.ts'
import type { IsolationLevel, SqlRunner } from '../client.ts'
import type { Sql } from '../sql.ts'

/** The databases that the store speaks, by Prisma's names. */
export type Provider = 'sqlite' | 'postgresql'

export type TransactionKind = 'read' | 'write'

/** Where the databases differ. The statements that read and save rows are the same for both. */
export interface Dialect {
  readonly name: Provider
  readonly isolation: Readonly<Record<TransactionKind, IsolationLevel | undefined>>
  /** In this process, transactions of one turn run one after the other; undefined: beside all others. */
  readonly turnOf: (kind: TransactionKind, scope: string) => string | undefined
  /** A transaction's first statements. */
  readonly begin: Readonly<Record<TransactionKind, Begin>>
  /** Until the transaction ends nobody else claims events. */
  readonly lockOutbox: (db: SqlRunner) => Promise<void>
  /** A name for a mark that nothing else has. */
  readonly newMark: Sql
  /** Locks the rows until the commit, where that is not so anyhow, and those that nobody else has. */
  readonly lockRows: (db: SqlRunner, table: LockedTable, ids: readonly string[]) => Promise<LockedRows>
  /** The marks that triggers leave on what this transaction itself writes from a moment on. */
  readonly ownMarks: OwnMarks
  /** The last statement of a write: rejects when the database would not commit it. */
  readonly beforeCommit: (db: SqlRunner) => Promise<void>
}

export interface LockedTable {
  readonly table: Sql
  readonly idColumn: Sql
}

export interface LockedRows {
  /** Those of the ids that there may be rows of. */
  readonly possible: readonly string[]
  readonly locked: 'all' | ReadonlySet<string>
}

export interface OwnMarks {
  readonly start: (db: SqlRunner) => Promise<number>
  readonly remove: (db: SqlRunner, start: number, keys: readonly RecordAddress[]) => Promise<void>
}

/**
 * Where the scope stands; for a write under the lock of its row, which is made where it is missing. `timeoutMs`: the
 * most that the transaction may wait for locks, let a statement run, or stand idle.
 */
export type Begin = (db: SqlRunner, scope: string, timeoutMs: number) => Promise<ScopeState>
