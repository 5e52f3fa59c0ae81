import { Observable } from 'rxjs'
import type { Cancel, Timers } from '../base/environment.ts'
import { hasCode } from '../base/errors.ts'
import type { Supply } from './query/result-window.ts'
import type { CommitEvent, FeedEvent, ShownRecord } from './record-feed.ts'
import { retryDelay } from './retry-delay.ts'

/** Something derived from records that follows their changes. */
export interface LiveView<TValue> {
  /** True when `value()` is another one than before. */
  readonly apply: (records: readonly ShownRecord[]) => boolean
  readonly value: () => TValue
  /** Whether it has to be opened anew before it can go on for long, or at all. */
  readonly supply: () => Supply
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
  readonly timers: Timers
}

/** Where a view stands: the revision of each scope's log that it has everything of. */
interface Standing<TValue> {
  readonly view: LiveView<TValue>
  readonly positions: Map<string, number>
}

/** `gap`: something is missing between where the view stands and the event. */
type Followed = 'same' | 'changed' | 'gap'

const follow = <TValue>(
  { view, positions }: Standing<TValue>,
  { scope, after, revision, left, records }: CommitEvent,
): Followed => {
  const position = positions.get(scope)
  if (position === undefined || revision <= position) return 'same'
  if (left || after > position) return 'gap'
  positions.set(scope, revision)
  return view.apply(records) ? 'changed' : 'same'
}

/**
 * Emits the value once it is read, then each other value. It goes from commit to commit without leaving one out: after
 * a gap it reads again, so that nobody sees a later change without an earlier one. A view that runs low is read again
 * while it goes on. A read that fails is tried again; before the first value it ends the observable.
 */
export const live = <TValue>({ feed$, open, equals, timers }: LiveSource<TValue>): Observable<TValue> =>
  new Observable<TValue>((subscriber) => {
    /** Undefined while what is known is out of date. */
    let current: Standing<TValue> | undefined
    let last: { readonly value: TValue } | undefined
    let isOpening = false
    /** What came since the view that is being opened was asked for. */
    let arrived: CommitEvent[] = []
    /** Something is missing in it. */
    let isOutdated = false
    let failures = 0
    let cancelRetry: Cancel = () => undefined

    const emit = (value: TValue): void => {
      last = { value }
      subscriber.next(value)
    }

    const show = (value: TValue): void => {
      if (last === undefined || !equals(last.value, value)) emit(value)
    }

    /** Takes what came while the view was read; shows it step by step where no older view goes on meanwhile. */
    const catchUp = (next: Standing<TValue>): void => {
      const isShown = current === undefined
      if (isShown) show(next.view.value())
      for (const event of arrived) {
        const followed = follow(next, event)
        if (followed === 'gap' || next.view.supply() === 'short') {
          isOutdated = true
          return
        }
        if (isShown && followed === 'changed') emit(next.view.value())
      }
      current = next
      show(next.view.value())
    }

    /** What was open goes on meanwhile. Nothing may come between the last event that is followed and the swap. */
    const reopen = async (): Promise<void> => {
      cancelRetry()
      isOpening = true
      try {
        do {
          isOutdated = false
          arrived = []
          const { view, positions } = await open()
          if (!isOutdated) catchUp({ view, positions: new Map(positions) })
        } while (isOutdated && !subscriber.closed)
        isOpening = false
        failures = 0
      } catch (error) {
        isOpening = false
        fail(error)
      }
    }

    const restart = (): void => {
      current = undefined
      if (isOpening) isOutdated = true
      else void reopen()
    }

    /** What was shown stays until it can be read again. Without a first value the subscriber has to know. */
    const fail = (error: unknown): void => {
      if (hasCode(error, 'CLOSED')) return subscriber.complete()
      if (last === undefined) return subscriber.error(error)
      cancelRetry = timers.after(retryDelay(failures), () => void reopen())
      failures += 1
    }

    const advance = (standing: Standing<TValue>, event: CommitEvent): void => {
      const followed = follow(standing, event)
      const supply = standing.view.supply()
      if (followed === 'gap' || supply === 'short') return restart()
      if (followed === 'changed') emit(standing.view.value())
      if (supply === 'low' && !isOpening && failures === 0) void reopen()
    }

    const subscription = feed$.subscribe({
      next(event) {
        if (event.kind === 'unknown') return restart()
        if (isOpening) arrived.push(event)
        if (current !== undefined) advance(current, event)
        // A commit shows that storage works again.
        else if (!isOpening) void reopen()
      },
      complete: () => subscriber.complete(),
    })
    subscription.add(() => cancelRetry())
    void reopen()
    return subscription
  })
