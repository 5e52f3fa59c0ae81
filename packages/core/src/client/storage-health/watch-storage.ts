import { Observable } from 'rxjs'
import type { Environment } from '../../base/environment.ts'
import { systemEnvironment } from '../../base/system-environment.ts'

/** How much room this origin takes, and may take. Bytes, as the browser estimates them. */
export interface StorageHealth {
  readonly usage: number
  readonly quota: number
  /** `full`: writes are about to fail with STORAGE_FULL. `warning`: the app should make room. */
  readonly pressure: 'none' | 'warning' | 'full'
  /** The browser does not remove it by itself when space is short. */
  readonly persisted: boolean
}

/** What is used of `navigator.storage`. */
export interface StorageManagerLike {
  /** Safari has none before 17. */
  estimate?(): Promise<{ readonly usage?: number; readonly quota?: number }>
  persist(): Promise<boolean>
  persisted(): Promise<boolean>
}

export interface WatchStorageOptions {
  /** Milliseconds. Default 60,000. */
  readonly every?: number | undefined
  /** The share of the quota from which on there is pressure. Default 0.8 and 0.98. */
  readonly warnAt?: number | undefined
  readonly fullAt?: number | undefined
  readonly environment?: Environment | undefined
  /** Default: the browser's. */
  readonly storage?: StorageManagerLike | undefined
}

const thisStorage = (): StorageManagerLike | undefined => {
  const { navigator } = globalThis as { readonly navigator?: { readonly storage?: StorageManagerLike } }
  return navigator?.storage
}

/**
 * Asks the browser not to remove this origin's data by itself. Chromium decides by how much the site is used, Firefox asks the
 * user, Safari by its own rules. False where it does not, or can't.
 */
export const persistStorage = async (storage = thisStorage()): Promise<boolean> => {
  if (storage === undefined) return false
  try {
    return (await storage.persisted()) || (await storage.persist())
  } catch {
    return false
  }
}

/**
 * Tells now and whenever the pressure changes; an estimate that fails is asked for again. Ends at once where the browser has
 * none.
 */
export const watchStorage = ({
  every = 60_000,
  warnAt = 0.8,
  fullAt = 0.98,
  environment = systemEnvironment,
  storage = thisStorage(),
}: WatchStorageOptions = {}): Observable<StorageHealth> =>
  new Observable((subscriber) => {
    const estimate = storage?.estimate?.bind(storage)
    if (storage === undefined || estimate === undefined) {
      subscriber.complete()
      return
    }
    let cancel = (): void => undefined
    let last: StorageHealth | undefined
    const look = async (): Promise<void> => {
      const [{ usage = 0, quota = 0 }, persisted] = await Promise.all([estimate(), storage.persisted()])
      if (subscriber.closed) return
      const share = quota === 0 ? 0 : usage / quota
      const pressure = share >= fullAt ? 'full' : share >= warnAt ? 'warning' : 'none'
      const isNews = last?.pressure !== pressure || last.persisted !== persisted
      last = { usage, quota, pressure, persisted }
      if (isNews) subscriber.next(last)
    }
    const again = (): void => {
      if (!subscriber.closed) cancel = environment.timers.after(every, run)
    }
    const run = (): void => {
      look().then(again, again)
    }
    run()
    return () => cancel()
  })
