import { systemEnvironment } from '../../base/system-environment.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import type { MeteredReason } from '../../model/sync-state.ts'
import { checkProbeOptions, createProber, type Probe, type ProbeOptions } from './prober.ts'
import { sharedMetering, sharedSignal, type Listen } from './shared-signal.ts'

export interface DeviceConnectivityOptions extends ProbeOptions {
  /**
   * Confirms what the device says by asking the app's own server, e.g. `httpProbe('https://app.example/health')`. Without it
   * the device is believed.
   */
  readonly probe?: Probe
  /** Milliseconds between probes while there is a network. Default: only when the device tells of a change. */
  readonly every?: number
}

/** What a phone's library says of the network at one time. */
export interface DeviceNetwork {
  /** Undefined: it does not know yet. */
  readonly online: boolean | undefined
  readonly metered: MeteredReason | undefined
}

/**
 * Connectivity by what a phone's library says, confirmed by a probe where one is given.
 * @throws SyncError MISCONFIGURED
 */
export const deviceConnectivity = (
  listen: Listen<DeviceNetwork>,
  options: DeviceConnectivityOptions,
): Connectivity => {
  checkProbeOptions(options)
  const { probe } = options
  const metering = sharedMetering((tell) => listen(({ metered }) => tell(metered)))
  const signal = sharedSignal(true, (tell) =>
    probe === undefined ? believe(listen, tell) : confirm(listen, tell, { ...options, probe }),
  )
  return { ...signal, metering }
}

const believe = (listen: Listen<DeviceNetwork>, tell: (online: boolean) => void): (() => void) =>
  listen(({ online }) => {
    if (online !== undefined) tell(online)
  })

const confirm = (
  listen: Listen<DeviceNetwork>,
  tell: (online: boolean) => void,
  options: DeviceConnectivityOptions & { readonly probe: Probe },
): (() => void) => {
  const { every, environment = systemEnvironment } = options
  const prober = createProber({ ...options, every, environment, tell })
  let last: DeviceNetwork | undefined
  // Libraries tell of each change of a signal's strength too: that is no reason to ask.
  const leave = listen((network) => {
    const isNews = last !== undefined && (last.online !== network.online || last.metered !== network.metered)
    last = network
    if (isNews) prober.ask()
  })
  prober.ask()
  return () => {
    leave()
    prober.stop()
  }
}
