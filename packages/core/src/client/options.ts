import type { Environment } from '../base/environment.ts'
import type { RetryPolicy } from '../engine/backoff.ts'
import type { LookAheadPolicy } from '../engine/look-ahead-policy.ts'
import type { MeteredPolicy } from '../engine/metering.ts'
import type { Connectivity } from '../engine/scope-engine.ts'
import type { AnyCollection, Schema } from '../model/schema.ts'
import type { MigrationProgress } from '../plugin/core-part.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import type { OnFull } from './make-room.ts'
import type { BirthRecord, LocalDataLost } from './storage-health/births.ts'
import type { Tabs } from './tabs/contract.ts'
import type { StorageAdapter } from '../storage/contract.ts'
import type { Transport } from '../transport/contract.ts'

/** Where the client tells of what ends nothing but somebody should see. */
export interface Logger {
  readonly error: (message: string, error?: unknown) => void
  readonly debug: (message: string) => void
}

/** Every option is described, with an example, in docs/guides/options.md. */
export interface SyncClientOptions<
  TCollections extends Readonly<Record<string, AnyCollection>> = Readonly<Record<string, AnyCollection>>,
  TPlugins extends readonly Plugin[] = readonly Plugin[],
> {
  readonly schema: Schema<TCollections>
  /** Whose data this is: the local database and its queue belong to this user alone. */
  readonly user: string
  readonly storage: StorageAdapter
  readonly transport: Transport
  /**
   * The scopes that this device has in any case, one or more. Those that it joined by `client.scopes.join` before
   * and did not leave are synced too.
   */
  readonly scopes: readonly string[]
  readonly plugins?: TPlugins
  readonly limits?: {
    /** So many operations of one scope may be undecided; then `onFull` counts. Default 5,000. */
    readonly maxOps?: number
    /**
     * A write finds its queue full, and compaction makes no room. `block`: it is refused with QUEUE_FULL. `drop`: the oldest
     * operations of these collections that were never sent end as cancelled, and it is refused only where there are none.
     * Default `block`.
     */
    readonly onFull?: OnFull
    /** Most records of one page of the server, 1 to 1,000. Default 500. */
    readonly page?: number
  }
  /** The largest batch. Batches get smaller by themselves where they are refused, time out or take long. */
  readonly batch?: {
    /** Most operations in one push, 1 to 200. Default 200. */
    readonly operations?: number
    /** Most bytes of operations in one push. Default 800,000: servers take bodies of 1 MiB. */
    readonly bytes?: number
    /** Milliseconds that the answer to a push should take at most. Default 5,000. */
    readonly answerMs?: number
  }
  /**
   * When a run first asks the server what sending the queue would meet, and what then waits. Default: after a week, or with
   * 1,000 operations; nothing waits for the app.
   */
  readonly preflight?: {
    /** Milliseconds since the last complete pull. Default 604,800,000: a week. */
    readonly afterMs?: number
    /** Operations that were not asked about yet. Default 1,000. */
    readonly afterOperations?: number
    /** Default: `{ LOW: 'push', MEDIUM: 'pullFirst', HIGH: 'pullFirst' }`. */
    readonly onRisk?: Partial<LookAheadPolicy['onRisk']>
  }
  /** Waits between failures, in milliseconds. Default: up to 1 s, doubling up to 60 s, full jitter. */
  readonly retry?: Partial<RetryPolicy>
  /** Milliseconds between two pulls of a scope while nothing else happens. Default 60,000. */
  readonly pollEvery?: number
  /** Default: the browser's signal; always online where there is none. Failures are noticed all the same. */
  readonly connectivity?: Connectivity
  /**
   * What is done on a metered network, as far as `connectivity` knows of it. `push-only`: what is queued is sent, with what that
   * needs; no polls, no live stream, no scope is fetched whole. `wait`: nothing, until the network is another one, or
   * `client.syncNow()`. Default `sync`: as on any network.
   */
  readonly metered?: MeteredPolicy
  /** Which of a browser's tabs syncs: `oneTabSyncs()` of `@holdfast/core/tabs`. Default: each, which is safe and costs more. */
  readonly tabs?: Tabs
  /**
   * What remembers outside of `storage` that this user has a local database here, so that its loss is noticed: `localBirths` of
   * `@holdfast/core/storage-health`. Default: nothing, and a device that lost its data starts as a new one without a word.
   */
  readonly births?: BirthRecord
  /** The user's local database was here and is gone: what had not been sent is lost. Needs `births`. `events$` tells it too. */
  readonly onLocalDataLost?: (lost: LocalDataLost) => void
  /** False: sync begins with `client.start()`. Default true. */
  readonly autoStart?: boolean
  /** Clock, timers, randomness and ids. Default: those of the machine. */
  readonly environment?: Environment
  /** How far the local data is on its way to a newer schema version; the client is there once it has arrived. */
  readonly onMigrating?: (progress: MigrationProgress) => void
  /** Gets what `events$` tells, as text. Default: none. */
  readonly logger?: Logger
}
