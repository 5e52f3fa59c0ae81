import type { Pruned, PruneRequest, ScopeState } from '../contract.ts'
import type { SqlRunner } from './client.ts'
import type { DbInteger } from './rows.ts'
import { execute, query, sql, type Sql } from './sql.ts'

/** The newest head that was stored before a moment; 0 for none. */
const newestBefore = async (db: SqlRunner, scope: string, before: number): Promise<number> => {
  const [row] = await query<{ readonly head: DbInteger | null }>(
    db,
    sql`SELECT MAX(head) AS head FROM holdfast_batches WHERE scope = ${scope} AND stored_at < ${before}`,
  )
  return Number(row?.head ?? 0)
}

/** A record that came from another scope may have a higher version than any that this one gives to new ones yet. */
const oldTombstones = (scope: string, prunedTo: number, limit: number): Sql =>
  sql`SELECT collection, record_id FROM holdfast_records
    WHERE scope = ${scope} AND deleted AND seq <= ${prunedTo} AND version <= ${prunedTo} ORDER BY seq LIMIT ${limit}`

const tombstones = (scope: string, prunedTo: number, limit: number): Sql => sql`DELETE FROM holdfast_records
  WHERE scope = ${scope} AND (collection, record_id) IN (${oldTombstones(scope, prunedTo, limit)})`

/** One that came again since is needed by whoever sent it again. */
const oldVerdicts = (scope: string, { before, limit }: PruneRequest): Sql =>
  sql`SELECT decided.operation_id FROM holdfast_operations AS decided
    JOIN holdfast_watermarks AS marks ON marks.scope = decided.scope AND marks.client_id = decided.client_id
    WHERE decided.scope = ${scope} AND decided.decided_at < ${before} AND decided.client_seq <= marks.watermark
      AND NOT EXISTS (
        SELECT 1 FROM holdfast_resends AS again
        WHERE again.scope = decided.scope AND again.operation_id = decided.operation_id
          AND again.stored_at >= ${before})
    ORDER BY decided.decided_at LIMIT ${limit}`

const verdicts = (scope: string, request: PruneRequest): Sql => sql`DELETE FROM holdfast_operations
  WHERE scope = ${scope} AND operation_id IN (${oldVerdicts(scope, request)})`

const resends = (scope: string, { before, limit }: PruneRequest): Sql => sql`DELETE FROM holdfast_resends
  WHERE scope = ${scope} AND (client_id, client_seq) IN (
    SELECT again.client_id, again.client_seq FROM holdfast_resends AS again
    JOIN holdfast_watermarks AS marks ON marks.scope = again.scope AND marks.client_id = again.client_id
    WHERE again.scope = ${scope} AND again.stored_at < ${before} AND again.client_seq <= marks.watermark
    LIMIT ${limit})`

const oldNonces = (scope: string, prunedTo: number, limit: number): Sql =>
  sql`SELECT head FROM holdfast_batches WHERE scope = ${scope} AND head < ${prunedTo} ORDER BY head LIMIT ${limit}`

const nonces = (scope: string, prunedTo: number, limit: number): Sql => sql`DELETE FROM holdfast_batches
  WHERE scope = ${scope} AND head IN (${oldNonces(scope, prunedTo, limit)})`

const count = async (db: SqlRunner, rows: Sql): Promise<number> => {
  const [row] = await query<{ readonly count: DbInteger }>(
    db,
    sql`SELECT COUNT(*) AS count FROM (${rows}) AS old`,
  )
  return Number(row?.count ?? 0)
}

/** What `prune` would remove in all, without a lock and without a change. */
export const countPrunable = async (
  db: SqlRunner,
  scope: string,
  state: Pick<ScopeState, 'prunedTo'>,
  before: number,
): Promise<Omit<Pruned, 'isLast'>> => {
  const prunedTo = Math.max(state.prunedTo, await newestBefore(db, scope, before))
  const limit = Number.MAX_SAFE_INTEGER
  return {
    tombstones: await count(db, oldTombstones(scope, prunedTo, limit)),
    verdicts: await count(db, oldVerdicts(scope, { before, limit })),
    nonces: await count(db, oldNonces(scope, prunedTo, limit)),
  }
}

/** `WriteTransaction.prune`. @param state where the scope stood when it was locked */
export const prune = async (
  db: SqlRunner,
  scope: string,
  state: ScopeState,
  request: PruneRequest,
): Promise<Pruned> => {
  const { before, limit } = request
  const prunedTo = Math.max(state.prunedTo, await newestBefore(db, scope, before))
  const prunedBefore = Math.max(state.prunedBefore, before)
  await execute(
    db,
    sql`UPDATE holdfast_scopes SET pruned_to = ${prunedTo}, pruned_before = ${prunedBefore} WHERE scope = ${scope}`,
  )
  const removed = {
    tombstones: await execute(db, tombstones(scope, prunedTo, limit)),
    verdicts: await execute(db, verdicts(scope, request)),
    nonces: await execute(db, nonces(scope, prunedTo, limit)),
  }
  const slots = await execute(db, resends(scope, request))
  return { ...removed, isLast: Math.max(slots, ...Object.values(removed)) < limit }
}
