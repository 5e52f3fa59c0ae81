import { readState, toState } from '../reads.ts'
import type { DbState } from '../rows.ts'
import { query, sql } from '../sql.ts'
import type { Begin, Dialect } from './dialect.ts'

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

export const sqliteDialect: Dialect = {
  isolation: { read: undefined, write: undefined },
  // SQLite has one writer, and Prisma fails when more transactions wait than the machine has cores.
  turnOf: () => 'database',
  begin: { read: readState, write: lockScope },
  // Whoever writes is alone.
  lockOutbox: async () => undefined,
  beforeCommit: async () => undefined,
}
