import type { AppRow, AppRows, AppTable, AppWrite, FoundRows } from '../../app-rows.ts'
import type { RecordAddress } from '../../contract.ts'
import type { SqlRunner } from '../client.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { execute, inChunks, rowsOf, sql, type Sql } from '../sql.ts'
import { rowsBelow } from './below.ts'
import type { ResolvedMapping } from './mapping.ts'
import { idColumnOf, tableOf } from './model-table.ts'
import { readRows } from './read-rows.ts'
import { readHomes, settleHomes } from './homes.ts'
import { writeRows } from './write-rows.ts'

type Mappings = ReadonlyMap<string, ResolvedMapping>

export const appTableOf = ({ fields, leftOut, scope }: ResolvedMapping): AppTable => ({
  has: (field) => fields.has(field),
  leavesOut: (field) => leftOut.has(field),
  namesScope: scope !== undefined,
})

/** The app's tables in one transaction of a scope. */
export const createAppRows = (
  db: SqlRunner,
  scope: string,
  { mappings, dialect }: { readonly mappings: Mappings; readonly dialect: Dialect },
): AppRows => {
  const mappingOf = (collection: string): ResolvedMapping => {
    const mapping = mappings.get(collection)
    if (mapping === undefined) throw new Error(`"${collection}" is not mapped to a model.`)
    return mapping
  }

  const readEach = async (
    keys: readonly RecordAddress[],
    read: (mapping: ResolvedMapping, ids: readonly string[]) => Promise<FoundRows>,
  ): Promise<FoundRows> => {
    const rows: AppRow[] = []
    const held: AppRow[] = []
    for (const [collection, ids] of byCollection(keys)) {
      const found = await read(mappingOf(collection), ids)
      rows.push(...found.rows)
      held.push(...found.held)
    }
    return { rows, held }
  }

  const lock = async (mapping: ResolvedMapping, ids: readonly string[]): Promise<FoundRows> => {
    const place = { table: tableOf(mapping), idColumn: idColumnOf(mapping) }
    const { possible, locked } = await dialect.lockRows(db, place, ids)
    const rows = await readRows(db, mapping, possible)
    if (locked === 'all') return { rows, held: [] }
    const isLocked = ({ id }: AppRow): boolean => locked.has(id)
    return { rows: rows.filter(isLocked), held: rows.filter((row) => !isLocked(row)) }
  }

  const look = async (mapping: ResolvedMapping, ids: readonly string[]): Promise<FoundRows> => ({
    rows: await readRows(db, mapping, ids),
    held: [],
  })

  return {
    read: (keys) => readEach(keys, lock),
    async write(writes) {
      if (writes.length === 0) return []
      const before = await dialect.ownMarks.start(db)
      await writeRows(db, mappingOf, writes)
      await dialect.ownMarks.remove(db, before, writes)
      return (await readEach(writes.filter(isKept), look)).rows
    },
    settled: (keys) => readHomes(db, scope, keys),
    settle: (settled) => settleHomes(db, scope, settled),
    touch: (keys) => touch(db, dialect.newMark, keys),
    async touchBelow(keys) {
      for (const [collection, ids] of byCollection(keys)) {
        await touch(db, dialect.newMark, await rowsBelow(db, mappings, mappingOf(collection), ids))
      }
    },
  }
}

const touch = async (db: SqlRunner, newMark: Sql, keys: readonly RecordAddress[]): Promise<void> => {
  for (const chunk of inChunks(keys.map(({ collection, id }) => [collection, id]))) {
    await execute(
      db,
      sql`INSERT INTO holdfast_touched (collection, record_id, mark)
          SELECT column1, column2, ${newMark} FROM (VALUES ${rowsOf(chunk)}) AS touched`,
    )
  }
}

const isKept = ({ kind }: AppWrite): boolean => kind !== 'delete'

const byCollection = (keys: readonly RecordAddress[]): ReadonlyMap<string, readonly string[]> => {
  const ids = new Map<string, Set<string>>()
  for (const { collection, id } of keys) {
    const of = ids.get(collection) ?? new Set()
    ids.set(collection, of.add(id))
  }
  return new Map([...ids].map(([collection, of]) => [collection, [...of]]))
}
