import type { Observable } from 'rxjs'
import type { SyncEvent } from '../model/events.ts'
import type { SyncProgress } from '../model/progress.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { SyncState } from '../model/sync-state.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import type { BackupsApi } from './api/backups.ts'
import type { ConflictsApi } from './api/conflicts.ts'
import type { DeadLettersApi } from './api/dead-letters.ts'
import type { OperationsApi } from './api/operations.ts'
import type { Preflight } from './api/preflight.ts'
import type { QueueState } from './api/queue.ts'
import type { ScopesApi } from './api/scopes.ts'
import type { CollectionClient } from './collection-types.ts'
import type { Transaction } from './transaction/run-transaction.ts'

/** What each plugin's `setup` returned, by plugin name. */
export type PluginApis<TPlugins extends readonly Plugin[]> = {
  readonly [TPlugin in TPlugins[number] as TPlugin['name']]: TPlugin extends Plugin<string, infer TApi>
    ? TApi
    : never
}

/** An app's local data and its sync. Every observable tells what is so now, then each change, and ends with `close`. */
export interface SyncClient<
  TCollections extends Readonly<Record<string, AnyCollection>>,
  TPlugins extends readonly Plugin[] = readonly Plugin[],
> {
  readonly collections: { readonly [TName in keyof TCollections]: CollectionClient<TCollections[TName]> }
  /** The worst of the joined scopes; `synced` where all are; `stopped` where there is none. */
  readonly state$: Observable<SyncState>
  readonly state: SyncState
  /** False until the first complete pull of every joined scope is shown: till then "empty" is "not yet synced". */
  readonly ready$: Observable<boolean>
  readonly ready: boolean
  /** How far the runs under way are; undefined while there is none. */
  readonly progress$: Observable<SyncProgress | undefined>
  readonly queue$: Observable<QueueState>
  /** What the client does, as it does it: nothing of before, but that local data were lost. For devtools, logs and tracing. */
  readonly events$: Observable<SyncEvent>
  /**
   * Runs `work` and stores all that it wrote in one commit, or nothing; the server applies it all or none. Resolves,
   * once durable, to what `work` gave. Runs again from the start where somebody changed meanwhile what it read or
   * wrote. Everything it writes is of one scope.
   * @throws whatever `work` throws; SyncError INVALID, TOO_LARGE (more than one batch carries), QUEUE_FULL,
   * STORAGE_CONFLICT, or a storage code; then nothing was written
   */
  readonly transaction: <TResult>(
    work: (transaction: Transaction<TCollections>) => Promise<TResult>,
  ) => Promise<TResult>
  readonly scopes: ScopesApi
  readonly conflicts: ConflictsApi
  readonly deadLetters: DeadLettersApi
  readonly operations: OperationsApi
  readonly backups: BackupsApi
  readonly plugins: PluginApis<TPlugins>
  /** Begins, or begins again after `pause` or a blocked state (with a new token, say). */
  readonly start: () => void
  /** Stops syncing; local reads and writes go on. */
  readonly pause: () => void
  /** Asks for a run of every scope now; resolves to the state once none runs any more. */
  readonly syncNow: () => Promise<SyncState>
  /**
   * Asks the server what sending the queues would meet. Nothing leaves the device but names of records and fields.
   * @throws SyncError NETWORK_UNREACHABLE and whatever else keeps the server from answering
   */
  readonly preflight: () => Promise<Preflight>
  /** What waits in `attention` may be sent. To keep some of it from being sent, cancel it before. */
  readonly confirm: () => Promise<void>
  /** Waits for commits under way and lets go of the database. The queue stays for the next start. */
  readonly close: () => Promise<void>
  /** Closes, and removes this user's data, queue included, from the device. */
  readonly wipe: () => Promise<void>
}
