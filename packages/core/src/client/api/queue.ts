import { distinctUntilChanged, map, type Observable } from 'rxjs'
import { emptyLogHead, logHeadEntry } from '../../oplog/entries.ts'
import { logKey } from '../../oplog/keys.ts'
import type { Store } from '../../storage/store.ts'
import { watch } from '../watch.ts'

/** The queue in plain numbers. `full`: writes are refused with QUEUE_FULL until some are decided. */
export interface QueueState {
  readonly pending: number
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
  readonly limit: number
  readonly level: 'ok' | 'warning' | 'full'
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
