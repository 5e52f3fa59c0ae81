import { map } from 'rxjs'
import { checkCountQuery, checkQuery, queryFields } from '../data/query/check.ts'
import type { Reader } from '../data/reader.ts'
import type { RecordData } from '../model/record.ts'
import type { AnyCollection } from '../model/schema.ts'
import { visibleRecord } from '../model/typed-fields.ts'
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
  }
}
