import type { Connectivity } from '../../engine/scope-engine.ts'
import { deviceConnectivity, type DeviceConnectivityOptions, type DeviceNetwork } from './device.ts'

/** What is used of a state of `@react-native-community/netinfo`. */
export interface NetInfoStateLike {
  readonly isConnected: boolean | null
  /** Null, or nothing, while NetInfo asks: by default a server of Google's. */
  readonly isInternetReachable?: boolean | null | undefined
  /** Null where there is no network, or none that is known. */
  readonly details: { readonly isConnectionExpensive?: boolean } | null
}

/** What is used of `@react-native-community/netinfo`. */
export interface NetInfoLike {
  readonly addEventListener: (listener: (state: NetInfoStateLike) => void) => () => void
}

const networkOf = ({ isConnected, isInternetReachable, details }: NetInfoStateLike): DeviceNetwork => ({
  online: isConnected === false ? false : (isInternetReachable ?? undefined),
  metered: details?.isConnectionExpensive === true ? 'expensive' : undefined,
})

/**
 * Connectivity on React Native, by NetInfo: `netInfoConnectivity(NetInfo, { probe: httpProbe('https://app.example/health') })`.
 * Being connected says nothing of what is behind it: what was known stands until NetInfo, or the probe, has reached somebody.
 * @throws SyncError MISCONFIGURED
 */
export const netInfoConnectivity = (
  netInfo: NetInfoLike,
  options: DeviceConnectivityOptions = {},
): Connectivity =>
  deviceConnectivity((tell) => {
    let isOver = false
    // What it says first comes later, and also to who has left.
    const leave = netInfo.addEventListener((state) => {
      if (!isOver) tell(networkOf(state))
    })
    return () => {
      isOver = true
      leave()
    }
  }, options)
