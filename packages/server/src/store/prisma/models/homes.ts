import type { Settled } from '../../app-rows.ts'
import type { RecordAddress } from '../../record-key.ts'
import type { SqlRunner } from '../client.ts'
import { execute, inChunks, query, rowsOf, sql } from '../sql.ts'

/** Those of the records that are noted to live in the scope with a row. */
export const readHomes = async (
  db: SqlRunner,
  scope: string,
  keys: readonly RecordAddress[],
): Promise<readonly RecordAddress[]> => {
  const found: RecordAddress[] = []
  for (const chunk of inChunks(keys.map(pairOf))) {
    const rows = await query<{ readonly collection: string; readonly record_id: string }>(
      db,
      sql`SELECT collection, record_id FROM holdfast_homes
          WHERE scope = ${scope} AND (collection, record_id) IN (VALUES ${rowsOf(chunk)})`,
    )
    found.push(...rows.map(({ collection, record_id: id }) => ({ collection, id })))
  }
  return found
}

/** Which records live in the scope now. */
export const settleHomes = async (db: SqlRunner, scope: string, { living, gone }: Settled): Promise<void> => {
  for (const chunk of inChunks(living.map(({ collection, id }) => [collection, id, scope]))) {
    await execute(
      db,
      sql`INSERT INTO holdfast_homes (collection, record_id, scope) VALUES ${rowsOf(chunk)} ON CONFLICT DO NOTHING`,
    )
  }
  for (const chunk of inChunks(gone.map(pairOf))) {
    await execute(
      db,
      sql`DELETE FROM holdfast_homes WHERE scope = ${scope} AND (collection, record_id) IN (VALUES ${rowsOf(chunk)})`,
    )
  }
}

const pairOf = ({ collection, id }: RecordAddress): readonly string[] => [collection, id]
