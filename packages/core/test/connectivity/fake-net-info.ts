/* oxlint-disable typescript/no-unsafe-enum-assignment -- its values come with the library, which needs React Native */
import type {
  NetInfoChangeHandler,
  NetInfoState,
  NetInfoStateType,
  NetInfoSubscription,
} from '@react-native-community/netinfo'

type Native = Pick<NetInfoState, 'type' | 'isConnected' | 'details'>

/** As the native module tells them. */
export const native = {
  wifi: (isConnectionExpensive = false, strength = 80): Native => ({
    type: 'wifi' as NetInfoStateType.wifi,
    isConnected: true,
    details: {
      ...{ isConnectionExpensive, strength, ssid: null, bssid: null, ipAddress: null, subnet: null },
      ...{ frequency: null, linkSpeed: null, rxLinkSpeed: null, txLinkSpeed: null },
    },
  }),
  cellular: (isConnectionExpensive = true): Native => ({
    type: 'cellular' as NetInfoStateType.cellular,
    isConnected: true,
    details: { isConnectionExpensive, cellularGeneration: null, carrier: null },
  }),
  none: (): Native => ({ type: 'none' as NetInfoStateType.none, isConnected: false, details: null }),
  unknown: (): Native => ({ type: 'unknown' as NetInfoStateType.unknown, isConnected: null, details: null }),
}

/**
 * A fake, not the library: `addEventListener` of NetInfo 12 over a native module and a check of the Internet that a test plays.
 * As the library's `state.ts` and `internetReachability.ts`: the latest state comes at once where there is one, else later
 * and also to who has left; a change of reachability is told with the state of before it, then comes the new state; a check
 * that begins anew makes null of what was not true.
 */
export const fakeNetInfo = () => {
  const listeners = new Set<NetInfoChangeHandler>()
  const waiting: NetInfoChangeHandler[] = []
  let latest: NetInfoState | undefined
  let reachable: boolean | null | undefined

  const tell = (state: NetInfoState): void => {
    latest = state
    for (const listener of listeners) listener(state)
  }
  const setReachable = (next: boolean | null): void => {
    if (next === reachable) return
    reachable = next
    if (latest !== undefined) tell({ ...latest, isInternetReachable: next } as NetInfoState)
  }
  return {
    listeners,
    addEventListener(listener: NetInfoChangeHandler): NetInfoSubscription {
      listeners.add(listener)
      if (latest === undefined) waiting.push(listener)
      else listener(latest)
      return () => void listeners.delete(listener)
    },
    /** The native module tells of a change, or answers for the first time. */
    say(state: Native) {
      if (state.isConnected !== true) setReachable(false)
      else if (reachable !== true) setReachable(null)
      const isInternetReachable = state.isConnected === null ? null : reachable
      tell({ ...state, isInternetReachable } as NetInfoState)
      for (const listener of waiting.splice(0)) if (latest !== undefined) listener(latest)
    },
    /** NetInfo's own check has ended. */
    check: (reached: boolean) => setReachable(reached),
  }
}
