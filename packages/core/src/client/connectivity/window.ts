import type { Connectivity } from '../../engine/scope-engine.ts'
import type { MeteredReason } from '../../model/sync-state.ts'
import { alwaysOnline } from './manual.ts'
import { sharedMetering, sharedSignal } from './shared-signal.ts'

/** What is used of a browser's Network Information API. Chromium has it, other browsers don't. */
export interface BrowserConnection {
  readonly saveData?: boolean
  /** Only on phones and on ChromeOS. */
  readonly type?: string
  readonly addEventListener: (type: 'change', listener: () => void) => void
  readonly removeEventListener: (type: 'change', listener: () => void) => void
}

/** What of a browser's `window` is used. A worker's `self` has it, too. */
export interface BrowserWindow {
  readonly navigator: { readonly onLine: boolean; readonly connection?: BrowserConnection }
  readonly addEventListener: (type: WindowEvent, listener: (event: object) => void) => void
  readonly removeEventListener: (type: WindowEvent, listener: (event: object) => void) => void
}

type WindowEvent = 'online' | 'offline' | 'pageshow'

/** On a server there is none; React Native has one that knows nothing of networks. */
export const globalWindow = (): BrowserWindow | undefined => {
  const { window } = globalThis as { readonly window?: Partial<BrowserWindow> }
  const isBrowser =
    typeof window?.addEventListener === 'function' && typeof window.navigator?.onLine === 'boolean'
  return isBrowser ? (window as BrowserWindow) : undefined
}

export const listenTo = (window: BrowserWindow, onChange: () => void): (() => void) => {
  const look = (): void => onChange()
  // A page that was left is told of nothing until somebody comes back to it.
  const comeBack = (event: object): void => {
    if ('persisted' in event && event.persisted === true) onChange()
  }
  window.addEventListener('online', look)
  window.addEventListener('offline', look)
  window.addEventListener('pageshow', comeBack)
  return () => {
    window.removeEventListener('online', look)
    window.removeEventListener('offline', look)
    window.removeEventListener('pageshow', comeBack)
  }
}

const reasonOf = ({ saveData, type }: BrowserConnection): MeteredReason | undefined => {
  if (saveData === true) return 'dataSaver'
  return type === 'cellular' ? 'cellular' : undefined
}

/** By the browser's own word; nothing where it has none. */
export const browserMetering = ({
  navigator: { connection },
}: BrowserWindow): Pick<Connectivity, 'metering'> => {
  if (typeof connection?.addEventListener !== 'function') return {}
  const metering = sharedMetering((tell) => {
    const look = (): void => tell(reasonOf(connection))
    look()
    connection.addEventListener('change', look)
    return () => connection.removeEventListener('change', look)
  })
  return { metering: { ...metering, metered: () => reasonOf(connection) } }
}

/** Believes what the browser says. Where there is no browser it is always online. */
export const windowConnectivity = (window = globalWindow()): Connectivity => {
  if (window === undefined) return alwaysOnline
  const isOnline = (): boolean => window.navigator.onLine
  const { online$ } = sharedSignal(isOnline(), (tell) => {
    tell(isOnline())
    return listenTo(window, () => tell(isOnline()))
  })
  return { isOnline, online$, ...browserMetering(window) }
}
