import { distinctUntilChanged, filter, firstValueFrom, map, type Observable } from 'rxjs'
import { SyncError } from '../base/errors.ts'
import { portableEquals } from '../base/portable.ts'
import type { WriteReceipt } from '../data/group-writer.ts'
import type { OpenConflict } from '../model/open-conflict.ts'
import type { Operation, OperationStatus } from '../model/operation.ts'
import { emptyLogHead, logHeadEntry } from '../oplog/entries.ts'
import { deadPrefix, logKey } from '../oplog/keys.ts'
import { listConflicts } from '../oplog/list-conflicts.ts'
import { createOperationLookup } from '../oplog/lookup.ts'
import { resolveConflict, type ConflictAnswer, type ResolveContext } from '../oplog/resolve-conflict.ts'
import type { Store } from '../storage/store.ts'
import { watch } from './watch.ts'

/** The queue in plain numbers. `full`: writes are refused with QUEUE_FULL until some are decided. */
export interface QueueState {
  readonly pending: number
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
  readonly limit: number
  readonly level: 'ok' | 'warning' | 'full'
}

export interface ConflictsApi {
  readonly list: () => Promise<readonly OpenConflict[]>
  readonly list$: () => Observable<readonly OpenConflict[]>
  /**
   * Answers an open conflict. Resolves, once durable, to the operation that carries the answer; undefined where
   * nothing had to be changed. The server checks it again against the version that was shown.
   * @throws SyncError NOT_FOUND, INVALID
   */
  readonly resolve: (conflictId: string, answer: ConflictAnswer) => Promise<WriteReceipt | undefined>
}

export interface DeadLettersApi {
  /** Operations that the server rejected, with code and payload, in the order made. */
  readonly list: () => Promise<readonly Operation[]>
  readonly list$: () => Observable<readonly Operation[]>
}

export interface OperationsApi {
  readonly get: (operationId: string) => Promise<Operation | undefined>
  readonly list: (filter?: { readonly status?: OperationStatus }) => Promise<readonly Operation[]>
  /**
   * The operation once its fate is decided (`conflict` counts: then it is a person's turn).
   * @throws SyncError NOT_FOUND for an unknown id, CLOSED when the client closes first
   */
  readonly settled: (operationId: string) => Promise<Operation>
}

/** How full the queue is, from where on it says so. */
const warningShare = 0.8

export const createQueue$ = (store: Store, scope: string, limit: number): Observable<QueueState> =>
  watch(store, [logKey(scope)], () => store.get(logKey(scope))).pipe(
    map((stored): QueueState => {
      const { pending, sent, conflicts, deadLetters } =
        stored === undefined ? emptyLogHead : logHeadEntry.decode(stored.value)
      const used = (pending + sent) / limit
      const level = used >= 1 ? 'full' : used >= warningShare ? 'warning' : 'ok'
      return { pending, sent, conflicts, deadLetters, limit, level }
    }),
    distinctUntilChanged((left, right) => JSON.stringify(left) === JSON.stringify(right)),
  )

export const createConflictsApi = (
  context: ResolveContext,
  scope: string,
  onWritten: () => void,
): ConflictsApi => {
  const { store, schema } = context
  const list = () => listConflicts(store, schema, scope)
  return {
    list,
    // The log moves with each change of a record, and so with each change of a side.
    list$: () => watch(store, [logKey(scope)], list).pipe(distinctUntilChanged(sameConflicts)),
    async resolve(conflictId, answer) {
      const operation = await resolveConflict(context, conflictId, answer)
      if (operation === undefined) return undefined
      onWritten()
      return { recordId: operation.recordId, operationId: operation.id }
    },
  }
}

const sameConflicts = (left: readonly OpenConflict[], right: readonly OpenConflict[]): boolean =>
  left.length === right.length && left.every((one, index) => isSameConflict(one, right[index]))

/** The id has the server's version in it. */
const isSameConflict = (left: OpenConflict, right: OpenConflict | undefined): boolean =>
  right !== undefined &&
  left.id === right.id &&
  left.fields.join() === right.fields.join() &&
  left.operations.join() === right.operations.join() &&
  portableEquals(left.mine, right.mine)

export const createDeadLettersApi = (store: Store, scope: string): DeadLettersApi => {
  const { dead } = createOperationLookup(store)
  return { list: () => dead(scope), list$: () => watch(store, [deadPrefix(scope)], () => dead(scope)) }
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
