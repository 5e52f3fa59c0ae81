import { Observable, distinctUntilChanged } from 'rxjs'
import { allowanceOn } from '../../engine/metering.ts'
import type { Settings } from '../with-defaults.ts'

/** A stream costs also while nothing happens: whether everything is allowed. Undefined: it always is. */
export const unmetered = ({
  metered,
  connectivity: { metering },
}: Pick<Settings, 'metered' | 'connectivity'>): Observable<boolean> | undefined => {
  if (metering === undefined || metered === 'sync') return undefined
  const isFree = (): boolean => allowanceOn(metered, metering.metered()).kind === 'all'
  return new Observable<boolean>((subscriber) => {
    const tell = (): void => subscriber.next(isFree())
    const subscription = metering.metered$.subscribe({ next: tell, error: () => undefined })
    tell()
    return subscription
  }).pipe(distinctUntilChanged())
}
