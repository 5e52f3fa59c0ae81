import { distinctUntilChanged, map, type Observable } from 'rxjs'
import type { LogHead } from '../../oplog/entries.ts'
import { logKey } from '../../oplog/keys.ts'
import { logHeadOf } from '../../oplog/stored.ts'
import type { Store } from '../../storage/store.ts'
import type { ScopeNames } from '../scope-registry.ts'
import { watchScopes } from '../watch.ts'

/** The queue in plain numbers, of all joined scopes together. */
export interface QueueState {
  readonly pending: number
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
  /** Of each scope: `limits.maxOps`. */
  readonly limit: number
  /** Of the fullest scope. `full`: its writes are refused with QUEUE_FULL until some are decided. */
  readonly level: 'ok' | 'warning' | 'full'
}

/** How full the queue is, from where on it says so. */
const warningShare = 0.8

export const createQueue$ = (store: Store, names: ScopeNames, limit: number): Observable<QueueState> =>
  watchScopes(store, names, {
    prefixesOf: (scope) => [logKey(scope)],
    async read(scopes) {
      const entries = await store.read(scopes.map((scope) => ({ get: logKey(scope) })))
      return entries.map((entry) => logHeadOf(entry?.value))
    },
  }).pipe(
    map((heads) => toQueueState(heads, limit)),
    distinctUntilChanged((left, right) => JSON.stringify(left) === JSON.stringify(right)),
  )

const toQueueState = (heads: readonly LogHead[], limit: number): QueueState => {
  const sumOf = (count: (head: LogHead) => number): number =>
    heads.reduce((sum, head) => sum + count(head), 0)
  const used = Math.max(0, ...heads.map(({ pending, sent }) => pending + sent)) / limit
  return {
    pending: sumOf(({ pending }) => pending),
    sent: sumOf(({ sent }) => sent),
    conflicts: sumOf(({ conflicts }) => conflicts),
    deadLetters: sumOf(({ deadLetters }) => deadLetters),
    limit,
    level: used >= 1 ? 'full' : used >= warningShare ? 'warning' : 'ok',
  }
}
