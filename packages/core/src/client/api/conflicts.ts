import { distinctUntilChanged, map, type Observable } from 'rxjs'
import { decodePortable } from '../../base/codec.ts'
import { SyncError, isSyncError } from '../../base/errors.ts'
import { isObject } from '../../base/objects.ts'
import { portableEquals } from '../../base/portable.ts'
import type { WriteReceipt } from '../../data/group-writer.ts'
import type { OpenConflict } from '../../model/open-conflict.ts'
import { logKey } from '../../oplog/keys.ts'
import { listConflicts } from '../../oplog/list-conflicts.ts'
import type { PrepareAnswer } from '../../oplog/resolve/answer-hooks.ts'
import {
  resolveConflict,
  type ConflictAnswer,
  type ResolveContext,
} from '../../oplog/resolve/resolve-conflict.ts'
import type { Draft } from '../../plugin/hooks.ts'
import type { HookRunner } from '../../plugin/hook-runner.ts'
import { encodeMarks } from '../encode-write.ts'
import type { EventStream } from '../event-stream.ts'
import type { ScopeNames } from '../scope-registry.ts'
import { concatScopes, watchScopes } from '../watch.ts'

/** Open conflicts of all joined scopes. */
export interface ConflictsApi {
  readonly list: () => Promise<readonly OpenConflict[]>
  readonly list$: () => Observable<readonly OpenConflict[]>
  /**
   * Answers an open conflict. Resolves, once durable, to the operation that carries the answer; undefined where
   * nothing had to be changed, or where the answer is kept until the other conflicts of the same transaction are
   * answered. The server checks it again against the version that was shown.
   * Of a patch: a disputed field that it leaves out takes the server's value.
   * @throws SyncError NOT_FOUND, INVALID, STORAGE_CONFLICT (what is asked now is in `list`, under another id, or will be
   * after the next sync), what a plugin refuses it with (LEASE_LOST)
   */
  readonly resolve: (conflictId: string, answer: ConflictAnswer) => Promise<WriteReceipt | undefined>
  /** The open conflict of one record, as it changes; undefined while there is none. */
  readonly get$: (collection: string, recordId: string) => Observable<OpenConflict | undefined>
  /** Gives several conflicts the same answer, one after the other. One that can't be answered keeps none from it. */
  readonly resolveMany: (
    conflictIds: readonly string[],
    answer: ConflictAnswer,
  ) => Promise<readonly ResolvedConflict[]>
}

export interface ResolvedConflict {
  readonly conflictId: string
  readonly receipt?: WriteReceipt | undefined
  /** Why it is still open, or was not there. */
  readonly error?: SyncError | undefined
}

export interface ConflictsApiContext extends Omit<ResolveContext, 'prepare'> {
  readonly names: ScopeNames
  readonly hooks: HookRunner
  readonly tell: EventStream['tell']
  /** Called after each answer that made an operation. */
  readonly onWritten: (scope: string) => void
}

export const createConflictsApi = (context: ConflictsApiContext): ConflictsApi => {
  const { store, schema, names, hooks, tell, onWritten } = context
  const isAsked = hooks.has('beforeAnswer') || hooks.has('beforeEnqueue')
  const prepare = isAsked ? prepareBy(hooks) : undefined
  const read = (scopes: readonly string[]) =>
    concatScopes(scopes, (scope) => listConflicts(store, schema, scope))
  const list$ = (): Observable<readonly OpenConflict[]> =>
    // The log moves with each change of a record, and so with each change of a side.
    watchScopes(store, names, { prefixesOf: (scope) => [logKey(scope)], read }).pipe(
      distinctUntilChanged(sameConflicts),
    )

  const api: ConflictsApi = {
    list: () => read(names.names()),
    list$,
    get$: (collection, recordId) =>
      list$().pipe(
        map((open) => open.find((one) => one.collection === collection && one.recordId === recordId)),
        distinctUntilChanged(
          (left, right) => left === right || (left !== undefined && isSameConflict(left, right)),
        ),
      ),
    async resolveMany(conflictIds, answer) {
      const resolved: ResolvedConflict[] = []
      for (const conflictId of conflictIds) {
        try {
          resolved.push({ conflictId, receipt: await api.resolve(conflictId, answer) })
        } catch (error) {
          if (!isSyncError(error)) throw error
          resolved.push({ conflictId, error })
        }
      }
      return resolved
    },
    async resolve(conflictId, answer) {
      const isAnswer = answer === 'mine' || answer === 'theirs' || isObject(answer)
      if (!isAnswer)
        throw new SyncError('INVALID', "An answer is 'mine', 'theirs', or { patch }.", { reason: 'answer' })
      const resolved = await resolveConflict({ ...context, prepare }, conflictId, answer)
      const operation = resolved.answer
      if (resolved.ended) tell(() => ({ type: 'conflictResolved', conflictId, operationId: operation?.id }))
      const [first] = resolved.made
      if (first !== undefined) onWritten(first.scope)
      return operation && { recordId: operation.recordId, operationId: operation.id }
    },
  }
  return api
}

/** What hooks put beside an answer, and make of what it writes, counts for the moment of the answer. */
const prepareBy =
  (hooks: HookRunner): PrepareAnswer =>
  async ({ draft: { scope, collection, recordId, type, marks: before }, value }) => {
    const marks = before === undefined ? undefined : (decodePortable(before) as Draft['marks'])
    const made: Draft = { scope, collection, recordId, type, payload: value, marks }
    // What is made again as it is has passed.
    const { payload, ...written } = value === undefined ? made : await hooks.waterfall('beforeEnqueue', made)
    const answer = { scope, collection, recordId, type, marks: written.marks }
    return { marks: encodeMarks((await hooks.waterfall('beforeAnswer', answer)).marks), value: payload }
  }

const sameConflicts = (left: readonly OpenConflict[], right: readonly OpenConflict[]): boolean =>
  left.length === right.length && left.every((one, index) => isSameConflict(one, right[index]))

/** The id has in it what is disputed, and the server's version. */
const isSameConflict = (left: OpenConflict, right: OpenConflict | undefined): boolean =>
  right !== undefined &&
  left.id === right.id &&
  left.answered === right.answered &&
  left.operations.join() === right.operations.join() &&
  portableEquals(left.mine, right.mine)
