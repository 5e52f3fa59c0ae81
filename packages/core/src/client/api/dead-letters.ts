import type { Observable } from 'rxjs'
import type { Operation } from '../../model/operation.ts'
import { deadPrefix } from '../../oplog/keys.ts'
import { createOperationLookup } from '../../oplog/lookup.ts'
import type { Store } from '../../storage/store.ts'
import { watch } from '../watch.ts'

export interface DeadLettersApi {
  /** Operations that the server rejected, with code and payload, in the order made. */
  readonly list: () => Promise<readonly Operation[]>
  readonly list$: () => Observable<readonly Operation[]>
}

export const createDeadLettersApi = (store: Store, scope: string): DeadLettersApi => {
  const { dead } = createOperationLookup(store)
  return { list: () => dead(scope), list$: () => watch(store, [deadPrefix(scope)], () => dead(scope)) }
}
