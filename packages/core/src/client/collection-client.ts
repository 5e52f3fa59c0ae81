import { map } from 'rxjs'
import { SyncError } from '../base/errors.ts'
import { ownMember } from '../base/objects.ts'
import { checkCountQuery, checkQuery, queryFields } from '../data/query/check.ts'
import type { Reader } from '../data/reader.ts'
import type { FieldType } from '../model/field-type.ts'
import type { RecordData } from '../model/record.ts'
import type { AnyCollection } from '../model/schema.ts'
import { stateOf, visibleRecord } from '../model/typed-fields.ts'
import type { CollectionClient, RecordOf } from './collection-types.ts'
import { createCollectionWrites, type CollectionWritesDeps } from './collection-writes.ts'
import { checkId } from './encode-write.ts'

export interface CollectionDeps extends CollectionWritesDeps {
  readonly reader: Reader
}

interface Presenter<TRecord> {
  (record: RecordData): TRecord
  (record: RecordData | undefined): TRecord | undefined
}

/** What is hidden stays away from the app; a record that stays the same object inside does so outside. */
const createPresenter = <TRecord>(): Presenter<TRecord> => {
  const shown = new WeakMap<RecordData, RecordData>()
  const present = (record: RecordData | undefined): RecordData | undefined => {
    if (record === undefined) return undefined
    const known = shown.get(record)
    if (known !== undefined) return known
    const visible = visibleRecord(record)
    if (visible !== record) shown.set(record, visible)
    return visible
  }
  return present as Presenter<TRecord>
}

/** @throws SyncError INVALID */
const typeOf = ({ fieldTypes }: AnyCollection, field: string): FieldType => {
  const type = ownMember(fieldTypes, field)
  if (type !== undefined) return type
  const reason = 'no field with a type of its own'
  throw new SyncError('INVALID', `${field}: it is ${reason}.`, { path: field, reason })
}

export const createCollectionClient = <TDefinition extends AnyCollection>(
  deps: CollectionDeps & { readonly definition: TDefinition },
): CollectionClient<TDefinition> => {
  const { definition, reader } = deps
  const fields = queryFields(definition)
  const toRecord = createPresenter<RecordOf<TDefinition>>()
  return {
    ...createCollectionWrites(deps),
    get: async (id) => toRecord(await reader.get(checkId(id))),
    find: async (query = {}) =>
      (await reader.find(checkQuery(fields, query))).map((record) => toRecord(record)),
    count: async (query = {}) => reader.count(checkCountQuery(fields, query)),
    get$: (id) => reader.get$(checkId(id)).pipe(map((record) => toRecord(record))),
    find$: (query = {}) =>
      reader
        .find$(checkQuery(fields, query))
        .pipe(map((records) => records.map((record) => toRecord(record)))),
    count$: (query = {}) => reader.count$(checkCountQuery(fields, query)),
    async fieldState(id, field) {
      const type = typeOf(definition, field)
      const record = await reader.get(checkId(id))
      return record === undefined ? undefined : stateOf(type, record, field)
    },
  }
}
