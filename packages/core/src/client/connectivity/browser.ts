import { systemEnvironment } from '../../base/system-environment.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import { alwaysOnline } from './manual.ts'
import { httpProbe } from './probe.ts'
import { checkProbeOptions, createProber, type Probe, type ProbeOptions } from './prober.ts'
import { sharedSignal } from './shared-signal.ts'

/** What of a browser's `window` is used. A worker's `self` has it, too. */
export interface BrowserWindow {
  readonly navigator: { readonly onLine: boolean }
  readonly addEventListener: (type: 'online' | 'offline', listener: () => void) => void
  readonly removeEventListener: (type: 'online' | 'offline', listener: () => void) => void
}

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

/** On a server there is none; React Native has one that knows nothing of networks. */
const globalWindow = (): BrowserWindow | undefined => {
  const { window } = globalThis as { readonly window?: Partial<BrowserWindow> }
  const isBrowser =
    typeof window?.addEventListener === 'function' && typeof window.navigator?.onLine === 'boolean'
  return isBrowser ? (window as BrowserWindow) : undefined
}

const listenTo = (window: BrowserWindow, onChange: () => void): (() => void) => {
  window.addEventListener('online', onChange)
  window.addEventListener('offline', onChange)
  return () => {
    window.removeEventListener('online', onChange)
    window.removeEventListener('offline', onChange)
  }
}

/**
 * Connectivity by the browser's signal, confirmed by a probe where one is given. Where there is no browser (on a
 * server, in React Native) it is always online.
 * @throws SyncError MISCONFIGURED
 */
export const browserConnectivity = (options: BrowserConnectivityOptions = {}): Connectivity => {
  const { every, environment = systemEnvironment, window = globalWindow() } = options
  checkProbeOptions(options)
  if (window === undefined) return alwaysOnline

  const isOnline = (): boolean => window.navigator.onLine
  const probe = typeof options.probe === 'string' ? httpProbe(options.probe, options.fetch) : options.probe
  if (probe === undefined) {
    const { online$ } = sharedSignal(isOnline(), (tell) => {
      tell(isOnline())
      return listenTo(window, () => tell(isOnline()))
    })
    return { isOnline, online$ }
  }
  return sharedSignal(isOnline(), (tell) => {
    const prober = createProber({ ...options, probe, every, environment, tell })
    const leave = listenTo(window, prober.ask)
    prober.ask()
    return () => {
      leave()
      prober.stop()
    }
  })
}
