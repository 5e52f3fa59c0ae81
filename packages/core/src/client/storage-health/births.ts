/**
 * Remembers outside of the local database that a user has one on this device: where the browser or somebody removed it, the next
 * start notices. What it remembers must outlive the database: `localStorage`, a cookie that the server sets, the app's keychain.
 */
export interface BirthRecord {
  /** The client id of the user's last database; undefined: there was none. */
  readonly read: (user: string) => string | undefined | Promise<string | undefined>
  readonly write: (user: string, clientId: string) => void | Promise<void>
  /** The data were removed on purpose. */
  readonly remove: (user: string) => void | Promise<void>
}

/** A user's local database was here and is gone. What had not been sent is lost. */
export interface LocalDataLost {
  readonly user: string
  /** Under which the server knows what the lost database sent. */
  readonly clientId: string
}

/** What is used of `localStorage`. */
export interface KeyValues {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface LocalBirthsOptions {
  /** As that of the storage adapter: tells the app's databases from others of the same origin. */
  readonly name: string
  /** Default: the global one. */
  readonly localStorage?: KeyValues | undefined
}

/**
 * A birth record in `localStorage`. Safari removes that together with IndexedDB after seven days without a visit: what a server's
 * cookie remembers lasts longer.
 */
export const localBirths = ({ name, localStorage: given }: LocalBirthsOptions): BirthRecord => {
  const keyOf = (user: string): string => `holdfast/birth/${encodeURIComponent(name)}/${user}`
  // Looked up when it is used: a server may import and call everything, and it may throw where site data are blocked.
  const values = (): KeyValues =>
    given ?? (globalThis as unknown as { readonly localStorage: KeyValues }).localStorage
  return {
    read: (user) => values().getItem(keyOf(user)) ?? undefined,
    write: (user, clientId) => values().setItem(keyOf(user), clientId),
    remove: (user) => values().removeItem(keyOf(user)),
  }
}
