import type { AppRow, AppRows, AppTable, AppWrite } from '../../app-rows.ts'
import type { RecordAddress } from '../../contract.ts'
import type { SqlRunner } from '../client.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { execute, sql } from '../sql.ts'
import type { ResolvedMapping } from './mapping.ts'
import { idColumnOf, tableOf } from './model-table.ts'
import { readRows } from './read-rows.ts'
import { settleHomes } from './touched.ts'
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

  const read = async (keys: readonly RecordAddress[], mode: 'lock' | 'look'): Promise<readonly AppRow[]> => {
    const rows: AppRow[] = []
    for (const [collection, ids] of byCollection(keys)) {
      const mapping = mappingOf(collection)
      const table = { table: tableOf(mapping), idColumn: idColumnOf(mapping) }
      const present = mode === 'lock' ? await dialect.lockRows(db, table, ids) : ids
      rows.push(...(await readRows(db, mapping, present)))
    }
    return rows
  }

  return {
    read: (keys) => read(keys, 'lock'),
    async write(writes) {
      if (writes.length === 0) return []
      const before = await dialect.ownMarks.start(db)
      await writeRows(db, mappingOf, writes)
      await dialect.ownMarks.remove(db, before, writes)
      return await read(writes.filter(isKept), 'look')
    },
    settle: (settled) => settleHomes(db, scope, settled),
    async touch({ collection, id }) {
      await execute(
        db,
        sql`INSERT INTO holdfast_touched (collection, record_id, mark)
            VALUES (${collection}, ${id}, ${dialect.newMark})`,
      )
    },
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
