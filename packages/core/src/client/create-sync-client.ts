import { firstValueFrom, filter, map, skip } from 'rxjs'
import { SyncError } from '../base/errors.ts'
import { createLane } from '../base/lane.ts'
import { createGroupWriter } from '../data/group-writer.ts'
import { createReader } from '../data/reader.ts'
import { createRecordFeed } from '../data/record-feed.ts'
import { compact } from '../engine/compact-queue.ts'
import { expire, hide } from '../engine/expire-queue.ts'
import { politeTransport } from '../engine/polite-transport.ts'
import type { Operation } from '../model/operation.ts'
import type { AnyCollection } from '../model/schema.ts'
import { confirmRisks } from '../oplog/batch/risks.ts'
import { createSessionTime } from '../oplog/expiry/session-time.ts'
import { findScope } from '../oplog/locate-record.ts'
import { removeScope } from '../oplog/remove-scope.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import { createHookRunner } from '../plugin/kernel.ts'
import { setUpPlugins } from '../plugin/set-up-plugins.ts'
import { createBackupsApi } from './api/backups.ts'
import { createConflictsApi } from './api/conflicts.ts'
import { createDeadLettersApi } from './api/dead-letters.ts'
import { createOperationsApi } from './api/operations.ts'
import { preflight } from './api/preflight.ts'
import { createQueue$ } from './api/queue.ts'
import { createScopesApi } from './api/scopes.ts'
import { checkOptions } from './check-options.ts'
import { createCollectionClient } from './collection-client.ts'
import { combineProgress } from './combine-progress.ts'
import { combineScopes, ofAllScopes } from './combine-scopes.ts'
import { combineStates, isSameState } from './combine-states.ts'
import { createEventStream } from './event-stream.ts'
import { followLive } from './live/live-updates.ts'
import { logEvents } from './log-events.ts'
import { openDevice } from './open-device.ts'
import { createPluginAccess, knownServerTime } from './plugin-access.ts'
import { createPluginArchive } from './plugin-archive.ts'
import { createPluginPlaces } from './plugin-places.ts'
import { createRoomMaker } from './make-room.ts'
import type { SyncClientOptions } from './options.ts'
import { createScopeRegistry, type ScopeRegistry } from './scope-registry.ts'
import { createScopeUnit } from './scope-unit.ts'
import type { PluginApis, SyncClient } from './sync-client.ts'
import { tellDeadLetters } from './tell-dead-letters.ts'
import { tellConflicts, tellState } from './tell-plugins.ts'
import { createTransactionCollection } from './transaction/collection.ts'
import type { Preview } from './transaction/preview.ts'
import { runTransaction, type Transaction } from './transaction/run-transaction.ts'
import { withDefaults } from './with-defaults.ts'

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
  const settings = withDefaults(options)
  const { environment, connectivity, plugins, maxOps, batchLimits, retry, pollEvery } = settings
  const hooks = createHookRunner(plugins)
  const forPlugins = createPluginAccess()
  const apis = setUpPlugins(plugins, (name) => ({
    user,
    schemaVersion: schema.version,
    schema,
    log: (message) => logger?.debug(`${name}: ${message}`),
    environment,
    client: () => forPlugins.client(),
    started: forPlugins.started,
  }))
  const { store, joined, leaving } = await openDevice(options, environment, hooks)

  const session = createSessionTime(environment.clock, environment.newId())

  const events = createEventStream(environment.clock)
  if (logger !== undefined) logEvents(events.events$, logger)
  tellDeadLetters(store, events)

  const polite = politeTransport(transport, environment.clock)
  const registry: ScopeRegistry = createScopeRegistry({
    store,
    joined,
    connectivity,
    events,
    open: (scope, ready) =>
      createScopeUnit({
        engine: {
          cycle: {
            scope,
            store,
            schema,
            transport: polite,
            environment,
            hooks,
            session,
            batchLimits,
            answerMs: settings.answerMs,
            lookAhead: settings.lookAhead,
            pageLimit: settings.pageLimit,
            others: {
              isJoined: (other) => registry.names().includes(other),
              wake: (other) => registry.get(other)?.send({ type: 'wake' }),
            },
            tell: events.tell,
            onConflicts: tellConflicts({ store, schema, hooks, events }, scope),
            onProblem: events.problem,
          },
          retry,
          pollEvery,
          connectivity,
        },
        ready,
        events,
      }),
  })
  for (const scope of leaving) removeScope(store, scope).catch(events.problem)

  const state$ = combineScopes(registry, {
    pick: (unit) => unit.state$,
    combine: combineStates,
    isSame: isSameState,
  })
  const ready$ = combineScopes(registry, {
    pick: (unit) => unit.ready$,
    combine: (all) => all.every((ready) => ready),
  })
  const progress$ = combineScopes(registry, { pick: (unit) => unit.progress$, combine: combineProgress })
  tellState({ hooks, events }, state$)

  const live = followLive({ live$: polite.live$, registry, store, environment, retry, events })
  const feed = createRecordFeed(store)
  registry.units$.pipe(skip(1)).subscribe(feed.readAgain)
  const enqueueContext = { environment, schemaVersion: schema.version, maxOps, session }
  const makeRoom = createRoomMaker({
    ...{ store, schema, environment, hooks, maxOps, onFull: settings.onFull },
    ...{ tell: events.tell, onProblem: events.problem },
  })
  const writer = createGroupWriter(store, { ...enqueueContext, schema, scopes: registry.names, makeRoom })
  const inOrder = createLane()
  const onWritten = (scope: string): void => registry.get(scope)?.send({ type: 'written' })
  const tellWritten = ({ id, scope, collection, recordId, type, status, life }: Operation): void => {
    if (status === 'EXPIRED') return events.tell(() => ({ type: 'expired', scope, operations: [id] }))
    const written = { scope, collection, recordId, operationId: id, operation: type }
    events.tell(() => ({ type: 'written', ...written, ...(life && { lifetime: life.lifetime }) }))
    onWritten(scope)
  }
  const writesDeps = { scopes: registry.names, hooks, inOrder, environment }
  const mapCollections = (toClient: (name: string, definition: AnyCollection) => object): object =>
    Object.fromEntries(
      Object.entries(schema.collections).map(([name, definition]) => [name, toClient(name, definition)]),
    )
  const collections = mapCollections((name, definition) =>
    createCollectionClient({
      ...writesDeps,
      name,
      definition,
      writer,
      begin: (run) => run(),
      locate: (collection, recordId) => findScope(store, schema, { collection, recordId }, registry.names()),
      onWritten: tellWritten,
      reader: createReader({
        store,
        schema,
        feed$: feed.feed$,
        collection: name,
        scopes: registry.names,
        declared: definition.indexes,
        timers: environment.timers,
      }),
    }),
  )
  const toTransaction = (preview: Preview): Transaction<TCollections> => ({
    collections: mapCollections((name, definition) =>
      createTransactionCollection({ ...writesDeps, name, definition, preview }),
    ) as Transaction<TCollections>['collections'],
  })
  const logContext = { store, schema, ...enqueueContext, batchLimits }

  const closing = new AbortController()
  const close = async (): Promise<void> => {
    closing.abort(new SyncError('CLOSED', 'The client was closed.', {}))
    live.close()
    registry.close()
    feed.close()
    await store.close()
    events.close()
  }
  await Promise.all(registry.units().map(({ indexed }) => indexed))
  if (options.autoStart !== false) registry.start()

  const client: SyncClient<TCollections, TPlugins> = {
    collections: collections as unknown as SyncClient<TCollections>['collections'],
    state$: state$.asObservable(),
    get state() {
      return state$.value
    },
    ready$: ready$.asObservable(),
    get ready() {
      return ready$.value
    },
    progress$: progress$.asObservable(),
    queue$: createQueue$(store, registry, maxOps),
    events$: events.events$,
    transaction: (work) =>
      runTransaction(
        { ...logContext, scopes: registry.names, toTransaction, onWritten: tellWritten, makeRoom },
        work,
      ),
    scopes: createScopesApi({ store, registry, events }),
    conflicts: createConflictsApi({
      store,
      schema,
      ...enqueueContext,
      names: registry,
      hooks,
      tell: events.tell,
      onWritten,
    }),
    deadLetters: createDeadLettersApi({ ...logContext, names: registry, hooks, onWritten: tellWritten }),
    backups: createBackupsApi({ ...logContext, names: registry, hooks, onWritten }),
    operations: createOperationsApi({
      store,
      schema,
      names: registry,
      onCancelled: ({ scope }) => registry.get(scope)?.send({ type: 'written', held: true }),
    }),
    plugins: apis as PluginApis<TPlugins>,
    start: registry.start,
    pause() {
      registry.pause()
      polite.forgetWait()
    },
    async syncNow() {
      registry.sendAll({ type: 'requested' })
      const stoodStill$ = ofAllScopes(registry, (unit) => unit.state$).pipe(
        filter((states) => states.every(({ status }) => status !== 'syncing')),
        map(combineStates),
      )
      return firstValueFrom(stoodStill$, { defaultValue: state$.value })
    },
    async confirm() {
      for (const scope of registry.names())
        if (await confirmRisks(store, scope, environment.clock.now()))
          registry.get(scope)?.send({ type: 'requested' })
    },
    preflight: () => preflight({ names: registry, store, schema, transport: polite }, closing.signal),
    close,
    async wipe() {
      await close()
      await storage.destroy(user)
    },
  }
  const now = (): Promise<number> => knownServerTime({ store, clock: environment.clock }, registry.names())
  const passing = { store, schema, environment, hooks, tell: events.tell, onProblem: events.problem }
  forPlugins.give(client, {
    now,
    ...createPluginPlaces({ store, schema, names: registry }),
    archive: createPluginArchive({ store, environment, session, scopes: registry.names }),
    compact: ({ scope, trigger, record }) => compact({ ...passing, scope }, trigger, record),
    async expire() {
      const contexts = registry.names().map((scope) => ({ ...passing, scope, session }))
      const due = await Promise.all(contexts.flatMap((each) => [expire(each), hide(each)]))
      const known = due.filter((ms) => ms !== undefined)
      return known.length === 0 ? undefined : Math.min(...known)
    },
  })
  return client
}
