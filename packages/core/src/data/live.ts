import { Observable } from 'rxjs'
import { recordKey } from '../oplog/keys.ts'
import type { FeedEvent, ShownRecord } from './record-feed.ts'

/** Something derived from records that follows their changes. */
export interface LiveView<TValue> {
  /** True when `value()` is another one than before. */
  readonly apply: (records: readonly ShownRecord[]) => boolean
  readonly value: () => TValue
}

export interface OpenedView<TValue> {
  readonly view: LiveView<TValue>
  /** The revision of each record as the view's first value shows it, by record key. */
  readonly revisions: ReadonlyMap<string, number>
}

export interface LiveSource<TValue> {
  readonly feed$: Observable<FeedEvent>
  readonly open: () => Promise<OpenedView<TValue>>
  readonly equals: (left: TValue, right: TValue) => boolean
}

/**
 * Emits the value once it is read, then each other value. Changes that arrive while the first value is read
 * are kept, and applied where they are newer than what was read.
 */
export const live = <TValue>({ feed$, open, equals }: LiveSource<TValue>): Observable<TValue> =>
  new Observable<TValue>((subscriber) => {
    let view: LiveView<TValue> | undefined
    let last: { readonly value: TValue } | undefined
    let arrived: ShownRecord[] = []
    let opening = false
    let outdated = false

    const emit = (value: TValue): void => {
      if (last !== undefined && equals(last.value, value)) return
      last = { value }
      subscriber.next(value)
    }

    const start = async (): Promise<void> => {
      opening = true
      do {
        outdated = false
        const opened = await open()
        view = opened.view
        view.apply(
          newest(arrived).filter(
            (record) => record.revision > (opened.revisions.get(recordKey(record)) ?? 0),
          ),
        )
        arrived = []
      } while (outdated && !subscriber.closed)
      opening = false
      emit(view.value())
    }

    const restart = (): void => {
      if (opening) outdated = true
      else start().catch((error: unknown) => subscriber.error(error))
    }

    const subscription = feed$.subscribe({
      next(event) {
        if (event.kind === 'unknown') return restart()
        if (opening || view === undefined) arrived.push(...event.records)
        else if (view.apply(event.records)) emit(view.value())
      },
      complete: () => subscriber.complete(),
    })
    restart()
    return subscription
  })

const newest = (records: readonly ShownRecord[]): readonly ShownRecord[] => [
  ...new Map(records.map((record) => [recordKey(record), record])).values(),
]
