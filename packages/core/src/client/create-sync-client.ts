import {
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  filter,
  firstValueFrom,
  map,
  type Observable,
} from 'rxjs'
import { SyncError, reasonOf } from '../base/errors.ts'
import { systemEnvironment } from '../base/system-environment.ts'
import { createLane } from '../base/lane.ts'
import { createGroupWriter } from '../data/group-writer.ts'
import { createReader } from '../data/reader.ts'
import { createRecordFeed } from '../data/record-feed.ts'
import { defaultRetry } from '../engine/backoff.ts'
import { preflight, type Preflight } from '../engine/preflight.ts'
import { createScopeEngine } from '../engine/scope-engine.ts'
import { toSyncState } from '../engine/transition.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { SyncState } from '../model/sync-state.ts'
import { startIdentity } from '../oplog/identity.ts'
import { logHeadEntry } from '../oplog/entries.ts'
import { logKey, type RecordAddress } from '../oplog/keys.ts'
import { listConflicts } from '../oplog/list-conflicts.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import { createHookRunner } from '../plugin/kernel.ts'
import { setUpPlugins } from '../plugin/set-up-plugins.ts'
import { maxBatch } from '../protocol/push.ts'
import { createStore } from '../storage/store.ts'
import { createCollectionClient, type CollectionClient } from './collection-client.ts'
import { combineStates, isSameState } from './combine-states.ts'
import { alwaysOnline } from './connectivity.ts'
import { checkOptions, type SyncClientOptions } from './options.ts'
import {
  createConflictsApi,
  createDeadLettersApi,
  createOperationsApi,
  createQueue$,
  type ConflictsApi,
  type DeadLettersApi,
  type OperationsApi,
  type QueueState,
} from './parts.ts'

/** What each plugin's `setup` returned, by plugin name. */
type PluginApis<TPlugins extends readonly Plugin[]> = {
  readonly [TPlugin in TPlugins[number] as TPlugin['name']]: TPlugin extends Plugin<string, infer TApi>
    ? TApi
    : never
}

export interface SyncClient<
  TCollections extends Readonly<Record<string, AnyCollection>>,
  TPlugins extends readonly Plugin[] = readonly Plugin[],
> {
  readonly collections: { readonly [TName in keyof TCollections]: CollectionClient<TCollections[TName]> }
  readonly state$: Observable<SyncState>
  readonly state: SyncState
  readonly queue$: Observable<QueueState>
  readonly conflicts: ConflictsApi
  readonly deadLetters: DeadLettersApi
  readonly operations: OperationsApi
  readonly plugins: PluginApis<TPlugins>
  /** Begins, or begins again after `pause` or a blocked state (with a new token, say). */
  readonly start: () => void
  /** Stops syncing; local reads and writes go on. */
  readonly pause: () => void
  /** Asks for a run now; resolves to the state in which it ended. */
  readonly syncNow: () => Promise<SyncState>
  /**
   * Asks the server what sending the queue would meet. Nothing is sent but names of records and fields.
   * @throws SyncError NETWORK_UNREACHABLE and whatever else keeps the server from answering
   */
  readonly preflight: () => Promise<Preflight>
  /** Waits for commits under way and lets go of the database. The queue stays for the next start. */
  readonly close: () => Promise<void>
  /** Closes, and removes this user's data, queue included, from the device. */
  readonly wipe: () => Promise<void>
}

/**
 * Opens the user's local database and keeps it in sync: the one place that knows every layer.
 * @throws SyncError MISCONFIGURED, or a storage code
 */
export const createSyncClient = async <
  const TCollections extends Readonly<Record<string, AnyCollection>>,
  const TPlugins extends readonly Plugin[] = readonly [],
>(
  options: SyncClientOptions<TCollections, TPlugins>,
): Promise<SyncClient<TCollections, TPlugins>> => {
  checkOptions(options)
  const { schema, user, storage, transport, logger } = options
  const [scope] = options.scopes
  const environment = options.environment ?? systemEnvironment
  const connectivity = options.connectivity ?? alwaysOnline
  const maxOps = options.limits?.maxOps ?? 5_000
  const plugins: readonly Plugin[] = options.plugins ?? []
  const hooks = createHookRunner(plugins)
  const apis = setUpPlugins(plugins, (name) => ({
    user,
    log: (message) => logger?.debug(`${name}: ${message}`),
  }))

  const store = createStore(await storage.open(user))
  const { clientId } = await startIdentity(store, environment, schema.version).catch(
    async (error: unknown) => {
      await store.close()
      throw error
    },
  )
  const feed = createRecordFeed(store)
  const enqueueContext = { environment, schemaVersion: schema.version, maxOps }
  const writer = createGroupWriter(store, { ...enqueueContext, schema })

  const onProblem = (error: unknown): void => logger?.error(reasonOf(error), error)

  const engine = createScopeEngine({
    cycle: {
      scope,
      clientId,
      store,
      schema,
      transport,
      environment,
      hooks,
      batchLimits: {
        operations: options.batch?.operations ?? maxBatch,
        bytes: options.batch?.bytes ?? 800_000,
      },
      pageLimit: options.limits?.page ?? 500,
      onProgress: ({ phase, done, total }) => logger?.debug(`sync: ${phase} ${done} of ${total ?? '?'}`),
      onConflicts: (records) => {
        tellConflicts(records).catch(onProblem)
      },
      onProblem,
    },
    retry: { ...defaultRetry, ...options.retry },
    pollEvery: options.pollEvery ?? 60_000,
    connectivity,
  })

  const tellConflicts = async (records: readonly RecordAddress[]): Promise<void> => {
    if (!hooks.has('onConflict')) return
    const opened = new Set(records.map(({ collection, recordId }) => `${collection}/${recordId}`))
    for (const conflict of await listConflicts(store, schema, scope)) {
      if (!opened.has(`${conflict.collection}/${conflict.recordId}`)) continue
      for (const failure of await hooks.observe('onConflict', conflict)) onProblem(failure)
    }
  }

  const onWritten = (): void => engine.send({ type: 'written' })
  /** Another tab's write is this tab's to send too; what else others do is no reason to ask the server. */
  const lookForWrites = async (): Promise<void> => {
    const stored = await store.get(logKey(scope))
    if (stored !== undefined && logHeadEntry.decode(stored.value).pending > 0) onWritten()
  }
  const otherTabs = store.changes$.subscribe((change) => {
    const concerns =
      change.kind === 'all' || (change.kind === 'external' && change.keys.includes(logKey(scope)))
    if (concerns) lookForWrites().catch(onProblem)
  })

  const states = new BehaviorSubject<SyncState>(toSyncState(engine.state()))
  combineLatest([engine.state$])
    .pipe(
      map((all) => combineStates(all.map(toSyncState))),
      distinctUntilChanged(isSameState),
    )
    .subscribe(states)
  const stateHook = states.subscribe((state) => {
    logger?.debug(`sync: ${state.status}`)
    if (hooks.has('onStateChange')) {
      void hooks.observe('onStateChange', state).then((failures) => failures.forEach(onProblem))
    }
  })

  const inOrder = createLane()
  const collections = Object.fromEntries(
    Object.entries(schema.collections).map(([name, definition]) => {
      const reader = createReader({
        store,
        schema,
        feed$: feed.feed$,
        collection: name,
        scopes: () => options.scopes,
      })
      return [
        name,
        createCollectionClient({
          name,
          definition,
          scope,
          reader,
          writer,
          hooks,
          inOrder,
          environment,
          onWritten,
        }),
      ]
    }),
  )

  const closing = new AbortController()
  const close = async (): Promise<void> => {
    closing.abort(new SyncError('CLOSED', 'The client was closed.', {}))
    otherTabs.unsubscribe()
    engine.close()
    stateHook.unsubscribe()
    feed.close()
    await store.close()
  }

  const start = (): void => engine.send({ type: 'start', online: connectivity.isOnline() })
  if (options.autoStart !== false) start()

  return {
    collections: collections as unknown as SyncClient<TCollections>['collections'],
    state$: states,
    get state() {
      return states.value
    },
    queue$: createQueue$(store, scope, maxOps),
    conflicts: createConflictsApi({ store, schema, ...enqueueContext }, scope, onWritten),
    deadLetters: createDeadLettersApi(store, scope),
    operations: createOperationsApi(store, scope),
    plugins: apis as PluginApis<TPlugins>,
    start,
    pause: () => engine.send({ type: 'stop' }),
    syncNow() {
      engine.send({ type: 'requested' })
      return firstValueFrom(states.pipe(filter(({ status }) => status !== 'syncing')), {
        defaultValue: states.value,
      })
    },
    preflight: () => preflight({ scope, clientId, store, schema, transport }, closing.signal),
    close,
    async wipe() {
      await close()
      await storage.destroy(user)
    },
  }
}
