import { Observable } from 'rxjs'
import { shared } from '../../base/streams.ts'
import type { Metering } from '../../engine/metering.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import type { MeteredReason } from '../../model/sync-state.ts'

/** Begins to listen; returns what ends it. */
export type Listen<TValue> = (tell: (value: TValue) => void) => () => void

interface Shared<TValue> {
  readonly last: () => TValue
  readonly changes$: Observable<TValue>
}

/**
 * One source for all who subscribe: it is listened to while there is anybody, and each change is told once. What was
 * last known stays known when nobody listens.
 */
const sharedValue = <TValue>(initial: TValue, listen: Listen<TValue>): Shared<TValue> => {
  let last = initial
  const changes$ = new Observable<TValue>((subscriber) =>
    listen((next) => {
      if (subscriber.closed || next === last) return
      last = next
      subscriber.next(next)
    }),
  )
  return { last: () => last, changes$: shared(changes$) }
}

export const sharedSignal = (initial: boolean, listen: Listen<boolean>): Connectivity => {
  const { last, changes$ } = sharedValue(initial, listen)
  return { isOnline: last, online$: changes$ }
}

export const sharedMetering = (listen: Listen<MeteredReason | undefined>): Metering => {
  const { last, changes$ } = sharedValue<MeteredReason | undefined>(undefined, listen)
  return { metered: last, metered$: changes$ }
}
