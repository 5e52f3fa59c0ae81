import { Observable } from 'rxjs'
import { hasCode } from '../base/errors.ts'
import type { CommitEvent, FeedEvent, ShownRecord } from './record-feed.ts'

/** Something derived from records that follows their changes. */
export interface LiveView<TValue> {
  /** True when `value()` is another one than before. */
  readonly apply: (records: readonly ShownRecord[]) => boolean
  readonly value: () => TValue
}

export interface OpenedView<TValue> {
  readonly view: LiveView<TValue>
  /** The revision of each scope's log up to which the view's first value has everything. */
  readonly positions: ReadonlyMap<string, number>
}

export interface LiveSource<TValue> {
  readonly feed$: Observable<FeedEvent>
  /** Reads everything from one snapshot. */
  readonly open: () => Promise<OpenedView<TValue>>
  readonly equals: (left: TValue, right: TValue) => boolean
}

/**
 * Emits the value once it is read, then each other value. It goes from commit to commit without leaving one
 * out: after a gap it reads again, so that nobody sees a later change without an earlier one.
 */
export const live = <TValue>({ feed$, open, equals }: LiveSource<TValue>): Observable<TValue> =>
  new Observable<TValue>((subscriber) => {
    let view: LiveView<TValue> | undefined
    let positions = new Map<string, number>()
    let last: { readonly value: TValue } | undefined
    /** What came while the view was being read. */
    let arrived: CommitEvent[] = []
    let opening = false
    let outdated = false

    const emit = (value: TValue): void => {
      if (last !== undefined && equals(last.value, value)) return
      last = { value }
      subscriber.next(value)
    }

    /** True when the value is another one. */
    const follow = ({ scope, after, revision, left, records }: CommitEvent): boolean => {
      const position = positions.get(scope)
      if (position === undefined || revision <= position) return false
      if (left || after > position) {
        outdated = true
        return false
      }
      positions.set(scope, revision)
      return view?.apply(records) === true
    }

    const start = async (): Promise<void> => {
      opening = true
      do {
        outdated = false
        const opened = await open()
        view = opened.view
        positions = new Map(opened.positions)
        const events = arrived
        arrived = []
        for (const event of events) follow(event)
      } while (outdated && !subscriber.closed)
      opening = false
      emit(view.value())
    }

    const restart = (): void => {
      if (opening) outdated = true
      else start().catch(fail)
    }

    /** What was shown stays, and the next change reads again. Without a first value the subscriber has to know. */
    const fail = (error: unknown): void => {
      opening = false
      view = undefined
      if (hasCode(error, 'CLOSED')) subscriber.complete()
      else if (last === undefined) subscriber.error(error)
    }

    const subscription = feed$.subscribe({
      next(event) {
        if (event.kind === 'unknown') return restart()
        if (opening || view === undefined) {
          arrived.push(event)
          if (!opening) restart()
          return
        }
        if (follow(event)) emit(view.value())
        if (outdated) restart()
      },
      complete: () => subscriber.complete(),
    })
    restart()
    return subscription
  })
