import { filter, firstValueFrom } from 'rxjs'
import { SyncError } from '../../base/errors.ts'
import type { Operation, OperationStatus } from '../../model/operation.ts'
import { logKey } from '../../oplog/keys.ts'
import { createOperationLookup } from '../../oplog/lookup.ts'
import type { Store } from '../../storage/store.ts'
import type { ScopeNames } from '../scope-registry.ts'
import { concatScopes, watch } from '../watch.ts'

export interface OperationsApi {
  readonly get: (operationId: string) => Promise<Operation | undefined>
  /** Of all joined scopes: scope by scope, in the order made. */
  readonly list: (filter?: { readonly status?: OperationStatus }) => Promise<readonly Operation[]>
  /**
   * The operation once its fate is decided (`conflict` counts: then it is a person's turn).
   * @throws SyncError NOT_FOUND for an unknown id, or when its scope is left first; CLOSED when the client closes first
   */
  readonly settled: (operationId: string) => Promise<Operation>
}

export const createOperationsApi = (store: Store, names: ScopeNames): OperationsApi => {
  const lookup = createOperationLookup(store)

  const get = async (operationId: string): Promise<Operation | undefined> => {
    const operation = await lookup.get(operationId)
    return operation !== undefined && names.names().includes(operation.scope) ? operation : undefined
  }

  const existing = async (operationId: string): Promise<Operation> => {
    const operation = await get(operationId)
    if (operation !== undefined) return operation
    throw new SyncError('NOT_FOUND', `There is no operation "${operationId}" on this device.`, {
      collection: 'operations',
      recordId: operationId,
    })
  }

  return {
    get,
    list: ({ status } = {}) => concatScopes(names.names(), (scope) => lookup.list(scope, status)),
    async settled(operationId) {
      const { scope } = await existing(operationId)
      const decided$ = watch(store, [logKey(scope)], () => get(operationId)).pipe(
        filter((operation) => operation === undefined || !isUndecided(operation)),
      )
      const operation = await firstValueFrom(decided$, { defaultValue: 'closed' as const })
      if (operation === 'closed')
        throw new SyncError('CLOSED', 'The client was closed before the fate was known.', {})
      return operation ?? (await existing(operationId))
    },
  }
}

const isUndecided = ({ status }: Operation): boolean => status === 'PENDING' || status === 'SENT'
