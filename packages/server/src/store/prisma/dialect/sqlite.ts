import { readState, toState } from '../reads.ts'
import type { DbState } from '../rows.ts'
import { execute, inChunks, query, rowsOf, sql } from '../sql.ts'
import type { Begin, Dialect, OwnMarks } from './dialect.ts'

/** A write, and the first statement: SQLite gives its one write lock before anything was read. */
const lockScope: Begin = async (db, scope) => {
  const [row] = await query<DbState>(
    db,
    sql`INSERT INTO holdfast_scopes (scope, head, nonce, pruned_to) VALUES (${scope}, 0, '', 0)
        ON CONFLICT (scope) DO UPDATE SET scope = excluded.scope
        RETURNING head, nonce, pruned_to, pruned_before`,
  )
  return toState(row)
}

/** Whoever writes is alone, and rows get higher numbers one after the other. */
const ownMarks: OwnMarks = {
  async start(db) {
    const [last] = await query<{ readonly number: number | bigint }>(
      db,
      sql`SELECT COALESCE(MAX(rowid), 0) AS number FROM holdfast_touched`,
    )
    return Number(last?.number ?? 0)
  },
  async remove(db, start, keys) {
    for (const chunk of inChunks(keys.map(({ collection, id }) => [collection, id]))) {
      await execute(
        db,
        sql`DELETE FROM holdfast_touched
            WHERE rowid > ${start} AND (collection, record_id) IN (VALUES ${rowsOf(chunk)})`,
      )
    }
  },
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  isolation: { read: undefined, write: undefined },
  // SQLite has one writer, and Prisma fails when more transactions wait than the machine has cores.
  turnOf: () => 'database',
  begin: { read: readState, write: lockScope },
  // Whoever writes is alone.
  lockOutbox: async () => undefined,
  newMark: sql`lower(hex(randomblob(16)))`,
  lockRows: async (_db, _table, ids) => ({ possible: ids, locked: 'all' }),
  ownMarks,
  beforeCommit: async () => undefined,
}
