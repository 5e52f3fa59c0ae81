import { Observable, type Subscription } from 'rxjs'
import type { InspectedClient } from './inspected-client.ts'
import type { InspectorModel } from './model.ts'

export interface PanelContext {
  readonly client: InspectedClient
  /** What was heard so far, then after each event. */
  readonly model$: Observable<InspectorModel>
  /** Said to screen readers, and shown below the tabs. */
  readonly announce: (text: string) => void
  /** Runs what a person asked for: what came of it is announced. */
  readonly act: (done: string, action: () => Promise<unknown>) => void
}

/** One tab's contents. */
export interface Panel {
  readonly id: string
  readonly title: string
  /** Fills its place and keeps it up to date, until the subscription ends. */
  readonly mount: (place: HTMLElement, context: PanelContext) => Subscription
}

/** Reads at once and after each trigger; one read at a time, and once more where triggers came meanwhile. */
export const readOn = <TValue>(
  trigger$: Observable<unknown>,
  read: () => Promise<TValue>,
): Observable<TValue> =>
  new Observable<TValue>((subscriber) => {
    let state: 'idle' | 'reading' | 'due' = 'idle'
    const run = (): void => {
      state = 'reading'
      read().then(
        (value) => {
          subscriber.next(value)
          if (state === 'due' && !subscriber.closed) run()
          else state = 'idle'
        },
        // The client was closed, or a read failed: the next trigger is another chance.
        () => {
          state = 'idle'
        },
      )
    }
    const subscription = trigger$.subscribe({
      next() {
        if (state === 'idle') run()
        else state = 'due'
      },
      complete: () => subscriber.complete(),
    })
    if (state === 'idle') run()
    return subscription
  })
