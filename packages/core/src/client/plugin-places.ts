import { distinctUntilChanged } from 'rxjs'
import type { Schema } from '../model/schema.ts'
import { metaEntry } from '../oplog/entries.ts'
import { metaKey, recordKey } from '../oplog/keys.ts'
import { findKnownScope } from '../oplog/locate-record.ts'
import type { PluginClient } from '../plugin/plugin-client.ts'
import type { Store } from '../storage/store.ts'
import type { ScopeNames } from './scope-registry.ts'
import { watchScopes } from './watch.ts'

interface PlacesContext {
  readonly store: Store
  readonly schema: Schema
  readonly names: ScopeNames
}

/** Who this device is, and where its records are. */
export const createPluginPlaces = ({
  store,
  schema,
  names,
}: PlacesContext): Pick<PluginClient, 'clientId' | 'scopeOf' | 'scopeOf$'> => ({
  async clientId() {
    const [meta] = await store.read([{ get: metaKey }])
    return meta === undefined ? '' : metaEntry.decode(meta.value).clientId
  },
  scopeOf: (collection, recordId) => findKnownScope(store, schema, { collection, recordId }, names.names()),
  scopeOf$: (collection, recordId) =>
    watchScopes(store, names, {
      prefixesOf: (scope) => [recordKey({ scope, collection, recordId })],
      read: (scopes) => findKnownScope(store, schema, { collection, recordId }, scopes),
    }).pipe(distinctUntilChanged()),
})
