import { unavailable } from './failures.ts'

/** What the adapter uses of a browser. A window has it all, and so has a worker. */
export interface IndexedDbBrowser {
  readonly indexedDB: IDBFactory
  readonly IDBKeyRange: { bound(from: string, to: string, openFrom: boolean, openTo: boolean): IDBKeyRange }
  /** Without it other tabs' commits are looked for every `pollEvery` milliseconds. */
  readonly BroadcastChannel?: (new (name: string) => BroadcastChannel) | undefined
  /** Tells Chromium, whose log needs a new start (`new-log`). */
  readonly navigator?: { readonly userAgent: string } | undefined
}

/**
 * Looked up when a database is opened and never before, so that a server may import and call everything.
 * @throws SyncError STORAGE_FAILED where there is no IndexedDB, or none for this page
 */
export const thisBrowser = (name: string): IndexedDbBrowser => {
  const browser: Partial<IndexedDbBrowser> = globalThis
  try {
    const { indexedDB, IDBKeyRange, BroadcastChannel, navigator } = browser
    if (indexedDB && IDBKeyRange) return { indexedDB, IDBKeyRange, BroadcastChannel, navigator }
  } catch (error) {
    // The mere property throws where the user blocked all site data.
    throw unavailable(name, 'the browser refused access to it', error)
  }
  throw unavailable(name, 'there is none here')
}
