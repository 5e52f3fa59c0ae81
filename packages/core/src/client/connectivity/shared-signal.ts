import { Observable } from 'rxjs'
import { shared } from '../../base/streams.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'

/** Begins to listen; returns what ends it. */
export type Listen = (tell: (online: boolean) => void) => () => void

/**
 * One source for all who subscribe: it is listened to while there is anybody, and each change is told once. What was
 * last known stays known when nobody listens.
 */
export const sharedSignal = (initial: boolean, listen: Listen): Connectivity => {
  let online = initial
  const changes$ = new Observable<boolean>((subscriber) =>
    listen((next) => {
      if (subscriber.closed || next === online) return
      online = next
      subscriber.next(next)
    }),
  )
  return { isOnline: () => online, online$: shared(changes$) }
}
