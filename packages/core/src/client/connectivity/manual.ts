import { BehaviorSubject, NEVER, distinctUntilChanged, skip } from 'rxjs'
import type { Metering } from '../../engine/metering.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import type { MeteredReason } from '../../model/sync-state.ts'

/** For servers and tests: there is always a network. */
export const alwaysOnline: Connectivity = { isOnline: () => true, online$: NEVER }

export interface ManualConnectivity extends Connectivity {
  readonly metering: Metering
  readonly set: (online: boolean) => void
  /** Undefined: the network is not metered. */
  readonly setMetered: (reason: MeteredReason | undefined) => void
}

/** The app says whether there is a network: from callbacks of the operating system, or a switch. */
export const manualConnectivity = (online = true): ManualConnectivity => {
  const signal$ = new BehaviorSubject(online)
  const metered$ = new BehaviorSubject<MeteredReason | undefined>(undefined)
  return {
    isOnline: () => signal$.value,
    online$: signal$.pipe(distinctUntilChanged(), skip(1)),
    metering: {
      metered: () => metered$.value,
      metered$: metered$.pipe(distinctUntilChanged(), skip(1)),
    },
    set: (value) => signal$.next(value),
    setMetered: (reason) => metered$.next(reason),
  }
}
