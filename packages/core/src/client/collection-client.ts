import type { Observable } from 'rxjs'
import { checkCountQuery, checkQuery, queryFields } from '../data/query/check.ts'
import type { Reader } from '../data/reader.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { CollectionClient, RecordOf } from './collection-types.ts'
import { createCollectionWrites, type CollectionWritesDeps } from './collection-writes.ts'
import { checkId } from './encode-write.ts'

export interface CollectionDeps extends CollectionWritesDeps {
  readonly reader: Reader
}

export const createCollectionClient = <TDefinition extends AnyCollection>(
  deps: CollectionDeps & { readonly definition: TDefinition },
): CollectionClient<TDefinition> => {
  const { definition, reader } = deps
  const fields = queryFields(definition)
  return {
    ...createCollectionWrites(deps),
    get: async (id) => (await reader.get(checkId(id))) as RecordOf<TDefinition> | undefined,
    find: async (query = {}) =>
      (await reader.find(checkQuery(fields, query))) as readonly RecordOf<TDefinition>[],
    count: async (query = {}) => reader.count(checkCountQuery(fields, query)),
    get$: (id) => reader.get$(checkId(id)) as Observable<RecordOf<TDefinition> | undefined>,
    find$: (query = {}) =>
      reader.find$(checkQuery(fields, query)) as Observable<readonly RecordOf<TDefinition>[]>,
    count$: (query = {}) => reader.count$(checkCountQuery(fields, query)),
  }
}
