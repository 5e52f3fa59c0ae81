import { filter, firstValueFrom } from 'rxjs'
import { SyncError } from '../../base/errors.ts'
import type { Operation, OperationStatus } from '../../model/operation.ts'
import { logKey } from '../../oplog/keys.ts'
import { createOperationLookup } from '../../oplog/lookup.ts'
import type { Store } from '../../storage/store.ts'
import { watch } from '../watch.ts'

export interface OperationsApi {
  readonly get: (operationId: string) => Promise<Operation | undefined>
  readonly list: (filter?: { readonly status?: OperationStatus }) => Promise<readonly Operation[]>
  /**
   * The operation once its fate is decided (`conflict` counts: then it is a person's turn).
   * @throws SyncError NOT_FOUND for an unknown id, CLOSED when the client closes first
   */
  readonly settled: (operationId: string) => Promise<Operation>
}

export const createOperationsApi = (store: Store, scope: string): OperationsApi => {
  const lookup = createOperationLookup(store)
  return {
    get: lookup.get,
    list: ({ status } = {}) => lookup.list(scope, status),
    async settled(operationId) {
      if ((await lookup.get(operationId)) === undefined) {
        throw new SyncError('NOT_FOUND', `There is no operation "${operationId}" on this device.`, {
          collection: 'operations',
          recordId: operationId,
        })
      }
      const decided$ = watch(store, [logKey(scope)], () => lookup.get(operationId)).pipe(
        filter(
          (operation) =>
            operation !== undefined && operation.status !== 'PENDING' && operation.status !== 'SENT',
        ),
      )
      const operation = await firstValueFrom(decided$, { defaultValue: undefined })
      if (operation === undefined)
        throw new SyncError('CLOSED', 'The client was closed before the fate was known.', {})
      return operation
    },
  }
}
