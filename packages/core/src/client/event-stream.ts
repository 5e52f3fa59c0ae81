import { Observable, Subject } from 'rxjs'
import type { Clock } from '../base/environment.ts'
import { hasCode } from '../base/errors.ts'
import { toSyncError } from '../base/to-sync-error.ts'
import type { SyncActivity, SyncEvent } from '../model/events.ts'

/** What the client does, for whoever listens. */
export interface EventStream {
  readonly events$: Observable<SyncEvent>
  readonly isHeard: () => boolean
  /** The event is only made where somebody listens. */
  readonly tell: (make: () => SyncActivity) => void
  /** A failure that ends nothing. That the client was closed is none. */
  readonly problem: (error: unknown) => void
  readonly close: () => void
}

/** @param found what the start found; all who listen are told, however late they come */
export const createEventStream = (clock: Clock, found: readonly SyncActivity[] = []): EventStream => {
  const atStart = found.map((activity): SyncEvent => ({ at: clock.now(), ...activity }))
  const events$ = new Subject<SyncEvent>()
  const tell: EventStream['tell'] = (make) => {
    if (events$.observed) events$.next({ at: clock.now(), ...make() })
  }
  return {
    events$: new Observable((subscriber) => {
      for (const event of atStart) subscriber.next(event)
      return events$.subscribe(subscriber)
    }),
    isHeard: () => events$.observed,
    tell,
    problem(error) {
      if (!hasCode(error, 'CLOSED')) tell(() => ({ type: 'problem', error: toSyncError(error) }))
    },
    close: () => events$.complete(),
  }
}
