import { execute, inChunks, listOf, query, rowsOf, sql } from '../sql.ts'
import type { Dialect, OwnMarks } from './dialect.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const lockRows: Dialect['lockRows'] = async (db, { table, idColumn }, ids) => {
  // What is compared with a column has to be of its type, which a client does not know.
  const [{ kind } = { kind: 'text' }] = await query<{ readonly kind: string }>(
    db,
    sql`SELECT CAST(pg_typeof(first.id) AS TEXT) AS kind
        FROM (SELECT NULL) AS nothing LEFT JOIN (SELECT ${idColumn} AS id FROM ${table} LIMIT 1) AS first ON TRUE`,
  )
  const isUuid = kind === 'uuid'
  const possible = isUuid ? ids.filter((id) => uuid.test(id)) : ids
  const locked = new Set<string>()
  for (const chunk of inChunks(possible.map((id) => [id] as const))) {
    const wanted = listOf(chunk.map(([id]) => (isUuid ? sql`CAST(${id} AS UUID)` : sql`${id}`)))
    // Not as strong as FOR UPDATE: others may go on inserting rows that refer to these.
    const rows = await query<{ readonly id: string }>(
      db,
      sql`SELECT CAST(${idColumn} AS TEXT) AS id FROM ${table} WHERE ${idColumn} IN (${wanted})
          FOR NO KEY UPDATE SKIP LOCKED`,
    )
    for (const { id } of rows) locked.add(id)
  }
  return { possible, locked }
}

export const ownMarks: OwnMarks = {
  start: async () => 0,
  async remove(db, _start, keys) {
    for (const chunk of inChunks(keys.map(({ collection, id }) => [collection, id]))) {
      await execute(
        db,
        sql`DELETE FROM holdfast_touched WHERE transaction_id = CAST(pg_current_xact_id() AS TEXT)
            AND (collection, record_id) IN (VALUES ${rowsOf(chunk)})`,
      )
    }
  },
}
