import { Observable } from 'rxjs'
import type { Timers } from '../base/environment.ts'
import type { SyncError } from '../base/errors.ts'
import type { Transport } from './contract.ts'

type Live = NonNullable<Transport['live$']>

/** A stream says at once that it is open; one that does not, on a connection that hangs, has failed. */
export const begunInTime =
  (
    live$: Live,
    timers: Timers,
    { ms, late }: { readonly ms: number; readonly late: () => SyncError },
  ): Live =>
  (input) =>
    new Observable((subscriber) => {
      const cancel = timers.after(ms, () => subscriber.error(late()))
      subscriber.add(cancel)
      subscriber.add(
        live$(input).subscribe({
          next(news) {
            cancel()
            subscriber.next(news)
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      )
    })
