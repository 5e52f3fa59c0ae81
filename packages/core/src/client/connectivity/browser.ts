import { systemEnvironment } from '../../base/system-environment.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import { httpProbe } from './probe.ts'
import { checkProbeOptions, createProber, type Probe, type ProbeOptions } from './prober.ts'
import { sharedSignal } from './shared-signal.ts'
import { browserMetering, globalWindow, listenTo, windowConnectivity, type BrowserWindow } from './window.ts'

export interface BrowserConnectivityOptions extends ProbeOptions {
  /**
   * Confirms what the browser says: a function, or a URL of the app's server that answers HEAD with success. Without
   * it the browser is believed, which knows the cable and not what is behind it.
   */
  readonly probe?: Probe | string
  /** Milliseconds between probes while there is a network. Default: only when the browser tells of a change. */
  readonly every?: number
  /** For a `probe` that is a URL. */
  readonly fetch?: typeof globalThis.fetch
  /** Default: the global one, where it is a browser's. */
  readonly window?: BrowserWindow
}

/**
 * Connectivity by the browser's signal, confirmed by a probe where one is given. Where there is no browser (on a
 * server, in React Native) it is always online.
 * @throws SyncError MISCONFIGURED
 */
export const browserConnectivity = (options: BrowserConnectivityOptions = {}): Connectivity => {
  const { every, environment = systemEnvironment, window = globalWindow() } = options
  checkProbeOptions(options)
  if (window === undefined || options.probe === undefined) return windowConnectivity(window)

  const probe = typeof options.probe === 'string' ? httpProbe(options.probe, options.fetch) : options.probe
  const signal = sharedSignal(window.navigator.onLine, (tell) => {
    const prober = createProber({ ...options, probe, every, environment, tell })
    const leave = listenTo(window, prober.ask)
    prober.ask()
    return () => {
      leave()
      prober.stop()
    }
  })
  return { ...signal, ...browserMetering(window) }
}
