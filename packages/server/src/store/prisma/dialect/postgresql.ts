import type { SqlRunner } from '../client.ts'
import { toState } from '../reads.ts'
import type { DbState } from '../rows.ts'
import { execute, query, sql, type Sql } from '../sql.ts'
import { lockRows, ownMarks } from './postgresql-rows.ts'
import type { Begin, Dialect } from './dialect.ts'

/**
 * For this transaction only. Prisma's own time-out neither interrupts a statement nor frees a lock: without these, a
 * process that froze in the middle of a write would hold its scope for ever.
 */
const bounds = (timeoutMs: number): Sql => {
  const most = String(timeoutMs)
  return sql`set_config('lock_timeout', ${most}, true) AS lock_bound,
    set_config('statement_timeout', ${most}, true) AS statement_bound,
    set_config('idle_in_transaction_session_timeout', ${most}, true) AS idle_bound`
}

/** The row as the last commit left it. Bounds are set before the lock is waited for: rows are locked last. */
const selectForUpdate = async (
  db: SqlRunner,
  scope: string,
  timeoutMs: number,
): Promise<DbState | undefined> => {
  const [row] = await query<DbState>(
    db,
    sql`WITH bounds AS MATERIALIZED (SELECT ${bounds(timeoutMs)})
        SELECT scopes.head, scopes.nonce, scopes.pruned_to, scopes.pruned_before, bounds.*
        FROM bounds, holdfast_scopes AS scopes WHERE scopes.scope = ${scope}
        FOR UPDATE OF scopes`,
  )
  return row
}

const lockScope: Begin = async (db, scope, timeoutMs) => {
  const row = await selectForUpdate(db, scope, timeoutMs)
  if (row !== undefined) return toState(row)
  await execute(
    db,
    sql`INSERT INTO holdfast_scopes (scope, head, nonce, pruned_to) VALUES (${scope}, 0, '', 0)
        ON CONFLICT (scope) DO NOTHING`,
  )
  return toState(await selectForUpdate(db, scope, timeoutMs))
}

interface MaybeState {
  readonly head: DbState['head'] | null
  readonly nonce: string | null
  readonly pruned_to: DbState['pruned_to'] | null
  readonly pruned_before: DbState['pruned_before'] | null
}

/** The first statement takes the snapshot. Read-only, so that no mistake of a hook can write. */
const openSnapshot: Begin = async (db, scope, timeoutMs) => {
  const [row] = await query<MaybeState>(
    db,
    sql`WITH bounds AS MATERIALIZED (
          SELECT ${bounds(timeoutMs)}, set_config('transaction_read_only', 'on', true) AS read_only
        )
        SELECT scopes.head, scopes.nonce, scopes.pruned_to, scopes.pruned_before, bounds.*
        FROM bounds LEFT JOIN holdfast_scopes AS scopes ON scopes.scope = ${scope}`,
  )
  return toState({
    head: row?.head ?? 0,
    nonce: row?.nonce ?? '',
    pruned_to: row?.pruned_to ?? 0,
    pruned_before: row?.pruned_before ?? 0,
  })
}

export const postgresqlDialect: Dialect = {
  name: 'postgresql',
  isolation: { read: 'RepeatableRead', write: 'ReadCommitted' },
  // Those of one scope wait for each other anyhow; here they do it without each holding a connection of the pool.
  turnOf: (kind, scope) => (kind === 'write' ? scope : undefined),
  begin: { read: openSnapshot, write: lockScope },
  lockOutbox: async (db) => {
    await query(
      db,
      sql`SELECT 1 AS locked FROM pg_advisory_xact_lock(hashtextextended('holdfast_outbox', 0))`,
    )
  },
  newMark: sql`CAST(gen_random_uuid() AS TEXT)`,
  lockRows,
  ownMarks,
  // After a failed statement that somebody swallowed, PostgreSQL answers COMMIT with ROLLBACK and Prisma resolves.
  beforeCommit: async (db) => {
    await query(db, sql`SELECT 1 AS open`)
  },
}
