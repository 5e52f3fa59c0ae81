import { filter, firstValueFrom } from 'rxjs'
import { SyncError } from '../../base/errors.ts'
import type { Operation, OperationStatus } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import { cancelOperation } from '../../oplog/cancel.ts'
import { logKey } from '../../oplog/keys.ts'
import { createOperationLookup } from '../../oplog/lookup.ts'
import { noSuchOperation } from '../../oplog/read-whole.ts'
import type { Store } from '../../storage/store.ts'
import type { ScopeNames } from '../scope-registry.ts'
import { concatScopes, watch } from '../watch.ts'

export interface OperationsApi {
  readonly get: (operationId: string) => Promise<Operation | undefined>
  /** Of all joined scopes: scope by scope, in the order made. */
  readonly list: (filter?: { readonly status?: OperationStatus }) => Promise<readonly Operation[]>
  /**
   * The operation once its fate is decided (`conflict` counts: then it is a person's turn).
   * `superseded` tells nothing of whether the change got through: ask for the one that its fate names.
   * @throws SyncError NOT_FOUND for an unknown id, or when its scope is left first; CLOSED when the client closes first
   */
  readonly settled: (operationId: string) => Promise<Operation>
  /**
   * Takes an operation back, with the others of its transaction; resolves once that is durable. One that was never
   * sent ends at once. One that was sent ends when the server says so: `cancelled`, or what it decided before;
   * `settled` tells. Nothing happens to one that is decided.
   * One that others were folded into ends with all that it stands for.
   * @throws SyncError NOT_FOUND, INVALID (it waits in a conflict: answer that; or it was folded into another one, which the
   * message names: take that back), SCOPE_NOT_JOINED (its scope was left meanwhile)
   */
  readonly cancel: (operationId: string) => Promise<void>
  /** All that this device did to a record, as far as it is still known: scope by scope, in the order made. */
  readonly history: (collection: string, recordId: string) => Promise<readonly Operation[]>
}

export interface OperationsApiContext {
  readonly store: Store
  readonly schema: Schema
  readonly names: ScopeNames
  /** Called after each cancellation. */
  readonly onCancelled: (operation: Operation) => void
}

export const createOperationsApi = ({
  store,
  schema,
  names,
  onCancelled,
}: OperationsApiContext): OperationsApi => {
  const lookup = createOperationLookup(store)

  const get = async (operationId: string): Promise<Operation | undefined> => {
    const operation = await lookup.get(operationId)
    return operation !== undefined && names.names().includes(operation.scope) ? operation : undefined
  }

  const existing = async (operationId: string): Promise<Operation> => {
    const operation = await get(operationId)
    if (operation !== undefined) return operation
    throw noSuchOperation(operationId)
  }

  return {
    get,
    list: ({ status } = {}) => concatScopes(names.names(), (scope) => lookup.list(scope, status)),
    async cancel(operationId) {
      const operation = await existing(operationId)
      await cancelOperation(store, schema, operationId)
      onCancelled(operation)
    },
    history: (collection, recordId) =>
      concatScopes(names.names(), (scope) => lookup.history({ scope, collection, recordId })),
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
