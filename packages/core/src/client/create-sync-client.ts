import { firstValueFrom, filter, map } from 'rxjs'
import { SyncError } from '../base/errors.ts'
import { politeTransport } from '../engine/polite-transport.ts'
import type { AnyCollection } from '../model/schema.ts'
import { confirmRisks } from '../oplog/batch/risks.ts'
import { createSessionTime } from '../base/session-time.ts'
import { removeScope } from '../oplog/remove-scope.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import { partsOf } from '../plugin/core-parts.ts'
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
import { ofAllScopes } from './combine-scopes.ts'
import { combineStates } from './combine-states.ts'
import { createEventStream } from './event-stream.ts'
import { followLive } from './live/live-updates.ts'
import { unmetered } from './live/unmetered.ts'
import { logEvents } from './log-events.ts'
import { openDevice } from './open-device.ts'
import { openRecords } from './open-records.ts'
import { openScopes } from './open-scopes.ts'
import type { SyncClientOptions } from './options.ts'
import { createPluginAccess } from './plugin-access.ts'
import { createPluginReach } from './plugin-reach.ts'
import type { PluginApis, SyncClient } from './sync-client.ts'
import { tellDeadLetters } from './tell-dead-letters.ts'
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
  const { schema, user, storage, logger } = options
  const settings = withDefaults(options)
  const { environment, plugins, maxOps, batchLimits, retry } = settings
  const hooks = createHookRunner(plugins)
  const coreParts = partsOf(plugins)
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
  const { store, firstId, joined, leaving, lost } = await openDevice(options, environment, {
    hooks,
    coreParts,
  })
  const session = createSessionTime(environment.clock, environment.newId())
  const found = lost === undefined ? [] : [{ type: 'localDataLost' as const, clientId: lost.clientId }]
  const events = createEventStream(environment.clock, found)
  if (logger !== undefined) logEvents(events.events$, logger)
  tellDeadLetters(store, events)

  const seat = options.tabs?.join(`holdfast/${firstId}`, environment)
  const parts = { schema, settings, store, hooks, coreParts, session, events, seat }
  const transport = politeTransport(options.transport, environment.clock)
  const { registry, state$, ready$, progress$ } = openScopes(parts, transport, joined)
  for (const scope of leaving) removeScope(store, scope).catch(events.problem)
  const live = followLive({
    live$: transport.live$,
    // One stream for all tabs: browsers open six connections to a host.
    allowed: [seat?.isLeading$, unmetered(settings)],
    registry,
    store,
    environment,
    retry,
    events,
  })
  const records = openRecords(parts, registry)

  const closing = new AbortController()
  const close = async (): Promise<void> => {
    closing.abort(new SyncError('CLOSED', 'The client was closed.', {}))
    live.close()
    registry.close()
    seat?.close()
    records.close()
    await store.close()
    events.close()
  }
  await Promise.all(registry.units().map(({ indexed }) => indexed))
  const start = (): void => {
    seat?.contend()
    registry.start()
  }
  if (options.autoStart !== false) start()

  const onWritten = (scope: string): void => registry.get(scope)?.send({ type: 'written' })
  const ofLog = { store, schema, ...records.context, names: registry, hooks }
  const client: SyncClient<TCollections, TPlugins> = {
    collections: records.collections,
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
    transaction: records.transaction,
    scopes: createScopesApi({ store, registry, events }),
    conflicts: createConflictsApi({ ...ofLog, tell: events.tell, onWritten }),
    deadLetters: createDeadLettersApi({ ...ofLog, batchLimits, onWritten: records.tellWritten }),
    backups: createBackupsApi({ ...ofLog, batchLimits, onWritten }),
    operations: createOperationsApi({
      store,
      schema,
      names: registry,
      onCancelled: ({ scope }) => registry.get(scope)?.send({ type: 'written', held: true }),
    }),
    plugins: apis as PluginApis<TPlugins>,
    start,
    pause() {
      registry.pause()
      seat?.resign()
      transport.forgetWait()
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
    preflight: () => preflight({ names: registry, store, schema, transport }, closing.signal),
    close,
    async wipe() {
      await close()
      await storage.destroy(user)
      await options.births?.remove(user)
    },
  }
  forPlugins.give(client, createPluginReach(parts, registry))
  return client
}
