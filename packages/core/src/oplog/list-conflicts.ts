import type { OpenConflict } from '../model/open-conflict.ts'
import type { BaseRow } from '../model/record.ts'
import { visibleRecord } from '../model/typed-fields.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import { toConflictId } from './conflict-id.ts'
import { conflictEntry, decodeData, noRecord, type ConflictEntry } from './entries.ts'
import { conflictPrefix, recordAddressOf } from './keys.ts'
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
      id: toConflictId({ address, version: side.serverVersion }),
      ...address,
      fields: conflict.fields,
      answered: conflict.answer !== undefined,
      operations: conflict.operations.map(({ id }) => id),
      mine: record.shown && visibleRecord(record.shown),
      updatedBy: conflict.updatedBy,
      updatedAt: conflict.updatedAt,
      ...side,
    }
  })
}

/** As this device shows it, unless the verdict told of something newer, with its values: some servers leave these to the pull. */
const serverSide = (
  { serverData, serverDeleted, serverVersion }: ConflictEntry,
  base: BaseRow | undefined,
): Pick<OpenConflict, 'theirs' | 'serverVersion'> => {
  const isUntold = serverData === null && !serverDeleted
  if (base !== undefined && (base.version >= serverVersion || isUntold)) {
    return { theirs: base.deleted ? undefined : visibleRecord(base.data), serverVersion: base.version }
  }
  return {
    theirs: serverDeleted || serverData === null ? undefined : visibleRecord(decodeData(serverData)),
    serverVersion,
  }
}
