import { Observable, distinctUntilChanged } from 'rxjs'
import { allowanceOn } from '../../engine/metering.ts'
import type { Transport } from '../../transport/contract.ts'
import type { Settings } from '../with-defaults.ts'
import { whileAllowed } from './while-allowed.ts'

/** A stream costs also while nothing happens: there is none where not everything is allowed. */
export const whileUnmetered = (
  live$: Transport['live$'],
  { metered, connectivity: { metering } }: Pick<Settings, 'metered' | 'connectivity'>,
): Transport['live$'] => {
  if (live$ === undefined || metering === undefined || metered === 'sync') return live$
  const isFree = (): boolean => allowanceOn(metered, metering.metered()).kind === 'all'
  const isFree$ = new Observable<boolean>((subscriber) => {
    const tell = (): void => subscriber.next(isFree())
    const subscription = metering.metered$.subscribe(tell)
    tell()
    return subscription
  }).pipe(distinctUntilChanged())
  return whileAllowed(live$, isFree$)
}
