import type { RecordAddress } from '../../record-key.ts'
import type { SqlRunner } from '../client.ts'
import type { ResolvedMapping } from './mapping.ts'
import { delegateIn } from './read-rows.ts'

/** The records of other collections whose scope is said by a path through these rows: where these go, they go. */
export const rowsBelow = async (
  db: SqlRunner,
  mappings: ReadonlyMap<string, ResolvedMapping>,
  above: ResolvedMapping,
  ids: readonly string[],
): Promise<readonly RecordAddress[]> => {
  const found: RecordAddress[] = []
  for (const mapping of mappings.values()) {
    const { through = [] } = mapping.scope ?? {}
    const place = through.findIndex(({ model }) => model === above.model.name)
    if (place < 0) continue
    const where = through
      .slice(0, place + 1)
      .reduceRight<object>((inner, { relation }) => ({ [relation]: inner }), {
        [above.id.name]: { in: [...ids] },
      })
    const rows = await delegateIn(db, mapping).findMany({
      where: where as Readonly<Record<string, unknown>>,
      select: { [mapping.id.name]: true },
    })
    found.push(...rows.map((row) => ({ collection: mapping.collection, id: String(row[mapping.id.name]) })))
  }
  return found
}
