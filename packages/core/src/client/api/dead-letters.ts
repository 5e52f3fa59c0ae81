import type { Observable } from 'rxjs'
import type { Operation } from '../../model/operation.ts'
import { deadPrefix } from '../../oplog/keys.ts'
import { createOperationLookup } from '../../oplog/lookup.ts'
import type { Store } from '../../storage/store.ts'
import type { ScopeNames } from '../scope-registry.ts'
import { concatScopes, watchScopes } from '../watch.ts'

export interface DeadLettersApi {
  /** Operations that the server rejected, with code and payload: scope by scope, in the order made. */
  readonly list: () => Promise<readonly Operation[]>
  readonly list$: () => Observable<readonly Operation[]>
}

export const createDeadLettersApi = (store: Store, names: ScopeNames): DeadLettersApi => {
  const { dead } = createOperationLookup(store)
  const read = (scopes: readonly string[]) => concatScopes(scopes, dead)
  return {
    list: () => read(names.names()),
    list$: () => watchScopes(store, names, { prefixesOf: (scope) => [deadPrefix(scope)], read }),
  }
}
