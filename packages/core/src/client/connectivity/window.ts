import type { Connectivity } from '../../engine/scope-engine.ts'
import { alwaysOnline } from './manual.ts'
import { sharedSignal } from './shared-signal.ts'

/** What of a browser's `window` is used. A worker's `self` has it, too. */
export interface BrowserWindow {
  readonly navigator: { readonly onLine: boolean }
  readonly addEventListener: (type: 'online' | 'offline', listener: () => void) => void
  readonly removeEventListener: (type: 'online' | 'offline', listener: () => void) => void
}

/** On a server there is none; React Native has one that knows nothing of networks. */
export const globalWindow = (): BrowserWindow | undefined => {
  const { window } = globalThis as { readonly window?: Partial<BrowserWindow> }
  const isBrowser =
    typeof window?.addEventListener === 'function' && typeof window.navigator?.onLine === 'boolean'
  return isBrowser ? (window as BrowserWindow) : undefined
}

export const listenTo = (window: BrowserWindow, onChange: () => void): (() => void) => {
  window.addEventListener('online', onChange)
  window.addEventListener('offline', onChange)
  return () => {
    window.removeEventListener('online', onChange)
    window.removeEventListener('offline', onChange)
  }
}

/** Believes what the browser says. Where there is no browser it is always online. */
export const windowConnectivity = (window = globalWindow()): Connectivity => {
  if (window === undefined) return alwaysOnline
  const isOnline = (): boolean => window.navigator.onLine
  const { online$ } = sharedSignal(isOnline(), (tell) => {
    tell(isOnline())
    return listenTo(window, () => tell(isOnline()))
  })
  return { isOnline, online$ }
}
