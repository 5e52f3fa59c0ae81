import type { BaseRow } from '../model/record.ts'
import type { Schema } from '../model/schema.ts'
import { visibleRecord } from '../model/typed-fields.ts'
import { logKey, operationPrefix, recordKey } from '../oplog/keys.ts'
import { findKnownScope, type RecordName } from '../oplog/locate-record.ts'
import { recordIn } from '../oplog/records.ts'
import { byAge, operationsOf } from '../oplog/stored.ts'
import { foldRecords } from '../oplog/staging/fold.ts'
import type { LayeredRecord, PluginClient, RecordBase } from '../plugin/plugin-client.ts'
import type { Store } from '../storage/store.ts'
import type { ScopeNames } from './scope-registry.ts'

interface LayersContext {
  readonly store: Store
  readonly schema: Schema
  readonly names: ScopeNames
}

/** Of what a record that is shown is made: one look at the database, so that the layers belong together. */
export const createPluginLayers = ({
  store,
  schema,
  names,
}: LayersContext): Pick<PluginClient, 'layersOf'> => ({
  async layersOf(collection, recordId) {
    const record: RecordName = { collection, recordId }
    const scope = await findKnownScope(store, schema, record, names.names())
    if (scope === undefined) return undefined
    const address = { ...record, scope }
    return store.update(async (workspace): Promise<LayeredRecord | undefined> => {
      const [, , entries] = await workspace.read([
        { get: recordKey(address) },
        { get: logKey(scope) },
        { scan: operationPrefix(address) },
      ])
      await foldRecords(workspace, schema, [address])
      const { base, shown } = recordIn(workspace, address)
      const operations = [...operationsOf(entries)].sort(byAge)
      if (base === undefined && shown === undefined && operations.length === 0) return undefined
      return {
        scope,
        base: base && toRecordBase(base),
        operations,
        shown: shown && visibleRecord(shown),
      }
    })
  },
})

const toRecordBase = ({ version, deleted, data, updatedAt, updatedBy }: BaseRow): RecordBase => ({
  version,
  data: deleted ? undefined : visibleRecord(data),
  updatedAt,
  updatedBy,
})
