import { Observable } from 'rxjs'
import type { Transport } from '../../transport/contract.ts'

type Live = NonNullable<Transport['live$']>

/** Opens the stream once it may be. Where it may no longer be it ends, as one that the server ended: it has not gone silent. */
export const whileAllowed =
  (live$: Live, allowed$: Observable<boolean>): Live =>
  (request) =>
    new Observable((subscriber) => {
      let isOpen = false
      subscriber.add(
        allowed$.subscribe((isAllowed) => {
          if (isAllowed === isOpen) return
          if (isOpen) return subscriber.complete()
          isOpen = true
          live$(request).subscribe(subscriber)
        }),
      )
    })
