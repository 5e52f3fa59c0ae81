import type { Observable } from 'rxjs'
import { decodePortable } from '../../base/codec.ts'
import { SyncError } from '../../base/errors.ts'
import type { WriteReceipt } from '../../data/group-writer.ts'
import type { Operation } from '../../model/operation.ts'
import { decodePut, putType } from '../../model/put.ts'
import { checkScopeIs } from '../../model/record-scope.ts'
import { collectionOf } from '../../model/schema.ts'
import {
  discardDeadLetter,
  retryDeadLetter,
  type DeadLetterContext,
  type RetriedWrite,
} from '../../oplog/dead-letters.ts'
import { deadPrefix } from '../../oplog/keys.ts'
import { createOperationLookup } from '../../oplog/lookup.ts'
import type { Draft } from '../../plugin/hooks.ts'
import type { HookRunner } from '../../plugin/hook-runner.ts'
import { encodeFor, encodeMarks, encodeRecord } from '../encode-write.ts'
import type { ScopeNames } from '../scope-registry.ts'
import { concatScopes, watchScopes } from '../watch.ts'

/** Operations that ended unapplied and that somebody should look at. */
export interface DeadLettersApi {
  /** With code and payload: scope by scope, in the order made. */
  readonly list: () => Promise<readonly Operation[]>
  readonly list$: () => Observable<readonly Operation[]>
  /**
   * Makes it again under a new id, on the record as it is now; with it the others of its transaction, and those
   * that were rejected because of it. `edited` takes the place of what the write was given (record, patch, input).
   * @throws SyncError NOT_FOUND, INVALID, QUEUE_FULL; then nothing was changed
   */
  readonly retry: (operationId: string, edited?: unknown) => Promise<WriteReceipt>
  /**
   * Lets go of it and of the others of its transaction. Their fate can still be looked up.
   * @throws SyncError NOT_FOUND
   */
  readonly discard: (operationId: string) => Promise<void>
  /** All of them as a JSON text for people and support: what was meant, when, and why it ended. */
  readonly export: () => Promise<string>
}

export interface DeadLettersApiContext extends DeadLetterContext {
  readonly names: ScopeNames
  readonly hooks: HookRunner
  readonly onWritten: (operation: Operation) => void
}

export const createDeadLettersApi = (context: DeadLettersApiContext): DeadLettersApi => {
  const { store, schema, names, hooks, onWritten } = context
  const { dead } = createOperationLookup(store)
  const read = (scopes: readonly string[]) => concatScopes(scopes, dead)
  const list = () => read(names.names())

  /** Asks the hooks anew: what they put beside the payload counts for the moment of the write. */
  const prepare = async (letter: Operation, edited: unknown): Promise<RetriedWrite> => {
    const { scope, collection, recordId } = letter
    const isPut = letter.type === putType
    const type = isPut ? 'update' : letter.type
    const own = isPut ? decodePut(letter.payload).update : decodePortable(letter.payload)
    const given = edited === undefined ? own : toPayload(letter, edited)
    const draft: Draft = { scope, collection, recordId, type, payload: given }
    const { payload, marks } = hooks.has('beforeEnqueue')
      ? await hooks.waterfall('beforeEnqueue', draft)
      : draft
    // What they make of a payload they made of this one already.
    if (edited === undefined) return { payload: letter.payload, marks: encodeMarks(marks) }
    const definition = collectionOf(schema, collection)
    if (type !== 'create') return { payload: encodeFor(definition, type, payload), marks: encodeMarks(marks) }
    const encoded = encodeRecord(definition, toPayload(letter, payload), recordId)
    checkScopeIs(definition, encoded.record, scope)
    return { payload: encoded.payload, marks: encodeMarks(marks) }
  }

  return {
    list,
    list$: () => watchScopes(store, names, { prefixesOf: (scope) => [deadPrefix(scope)], read }),
    async retry(operationId, edited) {
      const operation = await retryDeadLetter(context, operationId, (letter) =>
        prepare(letter, letter.id === operationId ? edited : undefined),
      )
      onWritten(operation)
      return { recordId: operation.recordId, operationId: operation.id }
    },
    discard: (operationId) => discardDeadLetter(store, operationId),
    export: async () => {
      const letters = (await list()).map(({ payload, ...letter }) => ({
        ...letter,
        // What JSON can't say stays as our codec writes it.
        payload: JSON.parse(payload) as unknown,
      }))
      return JSON.stringify(
        { kind: 'holdfast dead letters', schemaVersion: schema.version, letters },
        undefined,
        2,
      )
    },
  }
}

/** A record comes whole, and keeps its id. @throws SyncError INVALID */
const toPayload = ({ type, recordId }: Operation, edited: unknown): unknown => {
  if (type !== 'create') return edited
  if (typeof edited === 'object') return { ...edited, id: recordId }
  throw new SyncError('INVALID', 'The edited record must be an object.', { reason: 'no object' })
}
