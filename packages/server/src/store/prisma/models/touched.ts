import type { AppRow, TouchedMark, TouchedRecord, TouchedRows } from '../../app-rows.ts'
import { recordKey } from '../../record-key.ts'
import type { SqlRunner } from '../client.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { execute, inChunks, query, rowsOf, sql, type Sql } from '../sql.ts'
import type { ResolvedMapping } from './mapping.ts'
import { idColumnOf, tableOf } from './model-table.ts'
import { readRows } from './read-rows.ts'

interface DbMark {
  readonly collection: string
  readonly record_id: string
  readonly mark: string
}

interface DbHome {
  readonly collection: string
  readonly record_id: string
  readonly scope: string
}

type Transact = <TResult>(
  kind: 'read' | 'write',
  run: (db: SqlRunner) => Promise<TResult>,
) => Promise<TResult>

export interface TouchedOptions {
  readonly transact: Transact
  readonly dialect: Pick<Dialect, 'newMark'>
  readonly mappings: ReadonlyMap<string, ResolvedMapping>
}

/** `TouchedRows` over `holdfast_touched` and `holdfast_homes`. */
export const createTouched = ({ transact, dialect, mappings }: TouchedOptions): TouchedRows => ({
  list: (limit) =>
    transact('read', async (db) => {
      const marks = await query<DbMark>(
        db,
        sql`SELECT collection, record_id, mark FROM holdfast_touched LIMIT ${limit}`,
      )
      return marks.length === 0 ? [] : await withPlaces(db, mappings, marks)
    }),
  async remove(marks) {
    const rows = marks.map(({ collection, id, mark }) => [collection, id, mark])
    if (rows.length === 0) return
    await transact('write', async (db) => {
      for (const chunk of inChunks(rows)) {
        await execute(
          db,
          sql`DELETE FROM holdfast_touched WHERE (collection, record_id, mark) IN (VALUES ${rowsOf(chunk)})`,
        )
      }
    })
  },
  async markAll(collection, which) {
    const mapping = mappings.get(collection)
    if (mapping === undefined) return 0
    return await transact('write', (db) => execute(db, markStatement(mapping, which, dialect.newMark)))
  },
})

const markStatement = (mapping: ResolvedMapping, which: 'unknown' | 'all', newMark: Sql): Sql => {
  const { collection } = mapping
  const table = tableOf(mapping)
  const id = sql`CAST(present.${idColumnOf(mapping)} AS TEXT)`
  const known = sql`SELECT 1 FROM holdfast_homes AS homes WHERE homes.collection = ${collection} AND homes.record_id = ${id}`
  return sql`INSERT INTO holdfast_touched (collection, record_id, mark)
    SELECT CAST(${collection} AS TEXT), ${id}, ${newMark} FROM ${table} AS present
      WHERE present.${idColumnOf(mapping)} IS NOT NULL ${which === 'all' ? sql`` : sql`AND NOT EXISTS (${known})`}
    UNION ALL
    SELECT DISTINCT homes.collection, homes.record_id, ${newMark} FROM holdfast_homes AS homes
      WHERE homes.collection = ${collection} AND NOT EXISTS (
        SELECT 1 FROM ${table} AS present WHERE ${id} = homes.record_id)`
}

const withPlaces = async (
  db: SqlRunner,
  mappings: ReadonlyMap<string, ResolvedMapping>,
  found: readonly DbMark[],
): Promise<readonly TouchedRecord[]> => {
  const keys = found.map(({ collection, record_id: id }) => [collection, id])
  const homes = await query<DbHome>(
    db,
    sql`SELECT collection, record_id, scope FROM holdfast_homes
        WHERE (collection, record_id) IN (VALUES ${rowsOf(keys)})`,
  )
  const records = new Map<
    string,
    TouchedRecord & { readonly marks: TouchedMark[]; readonly homes: string[] }
  >()
  for (const { collection, record_id: id, mark } of found) {
    const key = recordKey({ collection, id })
    const record = records.get(key) ?? { collection, id, marks: [], homes: [], row: undefined }
    record.marks.push({ collection, id, mark })
    records.set(key, record)
  }
  for (const { collection, record_id: id, scope } of homes)
    records.get(recordKey({ collection, id }))?.homes.push(scope)
  for (const mapping of mappings.values()) {
    const { collection } = mapping
    const ids = [...records.values()].flatMap((record) =>
      record.collection === collection ? [record.id] : [],
    )
    if (ids.length === 0) continue
    const { rows, unreadable } = await readWhatCanBe(db, mapping, ids)
    for (const row of rows) {
      const known = records.get(recordKey(row))
      if (known !== undefined) records.set(recordKey(row), { ...known, row })
    }
    // Their marks wait: told once nothing else does.
    for (const id of unreadable) records.delete(recordKey({ collection, id }))
  }
  return [...records.values()]
}

interface Readable {
  readonly rows: readonly AppRow[]
  readonly unreadable: readonly string[]
}

/** SQLite keeps what is no JSON in a column for it, and Prisma then reads none of the rows that it is asked for. */
const readWhatCanBe = async (
  db: SqlRunner,
  mapping: ResolvedMapping,
  ids: readonly string[],
): Promise<Readable> => {
  try {
    return { rows: await readRows(db, mapping, ids), unreadable: [] }
  } catch (error) {
    const rows: AppRow[] = []
    const unreadable: string[] = []
    for (const id of ids) {
      try {
        rows.push(...(await readRows(db, mapping, [id])))
      } catch {
        unreadable.push(id)
      }
    }
    if (unreadable.length === ids.length) throw error
    return { rows, unreadable }
  }
}
