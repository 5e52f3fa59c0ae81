import type { OpenConflict } from '../model/open-conflict.ts'
import { visibleRecord } from '../model/typed-fields.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import { toConflictId, toQuestion } from './conflict-id.ts'
import { conflictEntry, noRecord } from './entries.ts'
import { conflictPrefix, recordAddressOf } from './keys.ts'
import { isStillAsked, serverSide } from './server-side.ts'
import { readRecords } from './staging/read-records.ts'

/** All open conflicts of a scope, with both sides as they are now. */
export const listConflicts = async (
  store: Store,
  schema: Schema,
  scope: string,
): Promise<readonly OpenConflict[]> => {
  const [entries] = await store.read([{ scan: conflictPrefix(scope) }])
  const open = entries.flatMap(({ key, value }) => {
    const address = recordAddressOf(key)
    const conflict = conflictEntry.decode(value)
    // Without disputed fields it waits for the answer to another record's question.
    return address === undefined || conflict.fields.length === 0 ? [] : [{ address, conflict }]
  })
  const records = await readRecords(
    store,
    schema,
    scope,
    open.map(({ address }) => address),
  )
  return open.map(({ address, conflict }, index) => {
    const record = records[index] ?? noRecord
    const side = serverSide(conflict, record.base)
    return {
      id: toConflictId({ address, ...toQuestion(conflict), ...side }),
      ...address,
      fields: conflict.fields,
      answered: conflict.answer !== undefined && isStillAsked(conflict.answer, side),
      operations: conflict.operations.map(({ id }) => id),
      mine: record.shown && visibleRecord(record.shown),
      updatedBy: side.updatedBy,
      updatedAt: side.updatedAt,
      theirs: side.data && visibleRecord(side.data),
      serverVersion: side.version,
    }
  })
}
