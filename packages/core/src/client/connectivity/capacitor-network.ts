import type { Connectivity } from '../../engine/scope-engine.ts'
import { deviceConnectivity, type DeviceConnectivityOptions, type DeviceNetwork } from './device.ts'

/** What is used of a status of `@capacitor/network`. */
export interface CapacitorStatusLike {
  readonly connected: boolean
  readonly connectionType: string
}

/** What is used of `@capacitor/network`. */
export interface CapacitorNetworkLike {
  readonly getStatus: () => Promise<CapacitorStatusLike>
  readonly addListener: (
    event: 'networkStatusChange',
    listener: (status: CapacitorStatusLike) => void,
  ) => Promise<{ readonly remove: () => Promise<void> }>
}

const networkOf = ({ connected, connectionType }: CapacitorStatusLike): DeviceNetwork => ({
  online: connected,
  metered: connectionType === 'cellular' ? 'cellular' : undefined,
})

/**
 * Connectivity in a Capacitor app: `capacitorConnectivity(Network, { probe: httpProbe('https://app.example/health') })`. Its
 * plugin knows no costs: a phone network counts as metered, and a phone's hotspot does not.
 * @throws SyncError MISCONFIGURED
 */
export const capacitorConnectivity = (
  network: CapacitorNetworkLike,
  options: DeviceConnectivityOptions = {},
): Connectivity =>
  deviceConnectivity((tell) => {
    let isOver = false
    let hasChanged = false
    // Where the platform has no such plugin nothing is known, and there is a network.
    const ignore = (): undefined => undefined
    const handle = network
      .addListener('networkStatusChange', (status) => {
        if (isOver) return
        hasChanged = true
        tell(networkOf(status))
      })
      .catch(ignore)
    // The listener hears of changes only. An answer from before one is old.
    const look = async (): Promise<void> => {
      await handle
      const status = await network.getStatus()
      if (!isOver && !hasChanged) tell(networkOf(status))
    }
    look().catch(ignore)
    return () => {
      isOver = true
      handle.then((given) => given?.remove()).catch(ignore)
    }
  }, options)
