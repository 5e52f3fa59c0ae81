import { Observable, Subject } from 'rxjs'
import type { Connectivity } from '../../engine/scope-engine.ts'

/** Begins to listen; returns what ends it. */
export type Listen = (tell: (online: boolean) => void) => () => void

/**
 * One source for all who subscribe: it is listened to while there is anybody, and each change is told once. What was
 * last known stays known when nobody listens.
 */
export const sharedSignal = (initial: boolean, listen: Listen): Connectivity => {
  const changes = new Subject<boolean>()
  let online = initial
  let subscribers = 0
  let end = (): void => undefined

  const begin = (): (() => void) => {
    let isListening = true
    const stop = listen((next) => {
      if (!isListening || next === online) return
      online = next
      changes.next(next)
    })
    return () => {
      isListening = false
      stop()
    }
  }

  return {
    isOnline: () => online,
    online$: new Observable((subscriber) => {
      const subscription = changes.subscribe(subscriber)
      if (subscribers === 0) end = begin()
      subscribers += 1
      return () => {
        subscription.unsubscribe()
        subscribers -= 1
        if (subscribers === 0) end()
      }
    }),
  }
}
