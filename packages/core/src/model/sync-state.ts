import type { SyncError } from '../base/errors.ts'
import type { EntityRisk } from '../protocol/preflight.ts'

/** What was foreseen of one record. */
export interface ScopedRisk extends EntityRisk {
  readonly scope: string
}

/**
 * What a sync run is doing. `preflight`: it asks what sending the queue would meet. `snapshot`: it fetches a whole scope, for the first time or anew. `reset`: it compares what
 * it had with that.
 */
export type SyncPhase = 'preflight' | 'push' | 'pull' | 'snapshot' | 'reset'

/**
 * Why the network counts as metered. `dataSaver`: the user wants data to be saved. `expensive`: the system says that this
 * network costs. `cellular`: it is a phone network, and nobody said more.
 */
export type MeteredReason = 'dataSaver' | 'expensive' | 'cellular'

/** The most records that `attention` names. */
export const mostEntities = 100

/** Where sync stands. Times are milliseconds since 1970, by this device's clock. */
export type SyncState =
  /** Not started, or paused by the app. */
  | { readonly status: 'stopped' }
  /** No network; local reads and writes go on. */
  | { readonly status: 'offline' }
  /**
   * The network is metered, and the option `metered` says to save it. `pulls`: what is written is sent, and nothing else asked
   * for. `everything`: nothing is done, by the option or since sending has to wait for a scope that is fetched whole.
   * `client.syncNow()` syncs all the same.
   */
  | {
      readonly status: 'metered'
      readonly reason: MeteredReason
      readonly waits: 'pulls' | 'everything'
    }
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
  /**
   * Operations on these records wait until the app calls `confirm`, or cancels them; all else is synced. `entities` names
   * the first 100 of `total`.
   */
  | {
      readonly status: 'attention'
      /** When the run before this state ended. */
      readonly at: number
      readonly entities: readonly ScopedRisk[]
      readonly total: number
    }
  /** Only the app can help; the queue is kept. `client.start()` or `client.syncNow()` tries again. */
  | { readonly status: 'blocked'; readonly error: SyncError }
