import { recordKey } from '../../record-key.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { SqlRunner } from '../client.ts'
import { execute, inChunks, rowsOf, sql } from '../sql.ts'
import type { Mark } from './related.ts'

export const leaveMarks = async (
  db: SqlRunner,
  { newMark }: Pick<Dialect, 'newMark'>,
  marks: readonly Mark[],
): Promise<void> => {
  const records = [...new Map(marks.map((mark) => [recordKey(mark), mark])).values()]
  for (const chunk of inChunks(records.map(({ collection, id }) => [collection, id] as const))) {
    await execute(
      db,
      sql`INSERT INTO holdfast_touched (collection, record_id, mark)
          SELECT touched.column1, touched.column2, ${newMark} FROM (VALUES ${rowsOf(chunk)}) AS touched`,
    )
  }
}
