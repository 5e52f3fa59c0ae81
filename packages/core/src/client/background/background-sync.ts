import type { Observable } from 'rxjs'
import type { QueueState } from '../api/queue.ts'

/** What is used of a service worker's registration. */
export interface SyncRegistration {
  readonly sync?: { register(tag: string): Promise<void> } | undefined
}

export interface BackgroundSyncOptions {
  /** Default: the page's own, once it is ready. */
  readonly registration?: SyncRegistration | Promise<SyncRegistration> | undefined
  /** Tells this app's events from others. Default `holdfast`. */
  readonly tag?: string | undefined
}

export const defaultTag = 'holdfast'

interface Container {
  readonly ready?: Promise<SyncRegistration>
}

/**
 * Asks the browser to wake the service worker when there is a network, as long as something waits to be sent: what was written
 * offline arrives although the page was closed. Resolves to false where the browser can't (all but Chromium's): then the page
 * sends it when it is next open. Waits, unless a registration is given, until the page has a service worker: for ever where
 * none is registered.
 */
export const backgroundSync = async (
  client: { readonly queue$: Observable<QueueState> },
  { registration = ownRegistration(), tag = defaultTag }: BackgroundSyncOptions = {},
): Promise<boolean> => {
  const { sync } = (await registration) ?? {}
  if (sync === undefined) return false
  let waiting = 0
  client.queue$.subscribe(({ pending, sent }) => {
    const before = waiting
    waiting = pending + sent
    // Browsers try some times and then give up: each further write asks again, which changes nothing where it still stands.
    if (waiting > before) sync.register(tag).catch(() => undefined)
  })
  return true
}

const ownRegistration = (): Promise<SyncRegistration> | undefined => {
  const { navigator } = globalThis as { readonly navigator?: { readonly serviceWorker?: Container } }
  return navigator?.serviceWorker?.ready
}
