import type { SyncError } from '../base/errors.ts'

/**
 * What a sync run is doing. `snapshot`: it fetches a whole scope, for the first time or anew. `reset`: it compares what
 * it had with that.
 */
export type SyncPhase = 'push' | 'pull' | 'snapshot' | 'reset'

/** Where sync stands. Times are milliseconds since 1970, by this device's clock. */
export type SyncState =
  /** Not started, or paused by the app. */
  | { readonly status: 'stopped' }
  /** No network; local reads and writes go on. */
  | { readonly status: 'offline' }
  | { readonly status: 'syncing'; readonly phase: SyncPhase }
  /** A passing failure; the next attempt starts at `retryAt`. */
  | {
      readonly status: 'waiting'
      readonly retryAt: number
      readonly attempt: number
      readonly error: SyncError
    }
  /** The queue is empty and the last pull complete; `conflicts` and `deadLetters` wait for a person. */
  | {
      readonly status: 'synced'
      readonly at: number
      readonly conflicts: number
      readonly deadLetters: number
    }
  /** Only the app can help; the queue is kept. `client.start()` or `client.syncNow()` tries again. */
  | { readonly status: 'blocked'; readonly error: SyncError }
