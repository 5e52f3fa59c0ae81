import { browserConnectivity, manualConnectivity, type Connectivity } from '@holdfast/core'
import { distinctUntilChanged, map, merge } from 'rxjs'

export interface Network extends Connectivity {
  /** The switch in the app: off is off, whatever the browser says. */
  readonly set: (online: boolean) => void
}

export const createNetwork = (online: boolean): Network => {
  const browser = browserConnectivity()
  const byHand = manualConnectivity(online)
  const isOnline = (): boolean => browser.isOnline() && byHand.isOnline()
  return {
    isOnline,
    online$: merge(browser.online$, byHand.online$).pipe(map(isOnline), distinctUntilChanged()),
    set: byHand.set,
  }
}
