import { Observable, Subject, Subscription } from 'rxjs'

// rxjs has each of these too, made for promises, iterables and streams of every kind; in a page, those kinds weigh more
// than all the rest that is used of rxjs.

/** Follows what `toInner` makes of the latest value, and nothing of earlier ones. As `switchMap`. */
export const switchTo = <TOuter, TInner>(
  outer$: Observable<TOuter>,
  toInner: (value: TOuter) => Observable<TInner>,
): Observable<TInner> =>
  new Observable((subscriber) => {
    let inner = Subscription.EMPTY
    let isOuterOver = false
    const error = (reason: unknown): void => subscriber.error(reason)
    const endIfOver = (): void => {
      if (isOuterOver && inner.closed) subscriber.complete()
    }
    const outer = outer$.subscribe({
      next(value) {
        inner.unsubscribe()
        // Known before it is filled: what emits at once may bring the next outer value.
        const own = new Subscription()
        inner = own
        const next = (made: TInner): void => {
          if (!own.closed) subscriber.next(made)
        }
        const complete = (): void => {
          own.unsubscribe()
          endIfOver()
        }
        own.add(toInner(value).subscribe({ next, error, complete }))
      },
      error,
      complete() {
        isOuterOver = true
        endIfOver()
      },
    })
    return () => {
      outer.unsubscribe()
      inner.unsubscribe()
    }
  })

/** The latest values of all, once each has one; of none an empty list. As `combineLatest`. */
export const latestOfAll = <TValue>(sources: readonly Observable<TValue>[]): Observable<readonly TValue[]> =>
  new Observable((subscriber) => {
    const latest = new Map<number, TValue>()
    let running = sources.length
    if (running === 0) {
      subscriber.next([])
      subscriber.complete()
    }
    for (const [index, source$] of sources.entries()) {
      const subscription = source$.subscribe({
        next(value) {
          latest.set(index, value)
          if (latest.size === sources.length)
            subscriber.next(sources.map((_, at) => latest.get(at) as TValue))
        },
        error: (error) => subscriber.error(error),
        complete() {
          running -= 1
          if (running === 0) subscriber.complete()
        },
      })
      subscriber.add(subscription)
    }
  })

/** One subscription to the source for all who listen, while there is anybody. As `share`. */
export const shared = <TValue>(source$: Observable<TValue>): Observable<TValue> => {
  let listeners = 0
  let hub = new Subject<TValue>()
  let source = Subscription.EMPTY
  return new Observable((subscriber) => {
    const subscription = hub.subscribe(subscriber)
    listeners += 1
    if (listeners === 1) source = source$.subscribe(hub)
    return () => {
      subscription.unsubscribe()
      listeners -= 1
      if (listeners > 0) return
      source.unsubscribe()
      hub = new Subject()
    }
  })
}
