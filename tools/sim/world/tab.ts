import {
  createSyncClient,
  hasCode,
  manualConnectivity,
  type ManualConnectivity,
  type SyncState,
} from '@holdfast/core'
import type {
  PreflightInput,
  PreflightOutput,
  PullInput,
  PushInput,
  WireOperation,
} from '@holdfast/core/protocol'
import {
  createSimulatedProcess,
  simulatedTransport,
  type ReadAnswer,
  type SeededRandom,
  type SimulatedProcess,
} from '@holdfast/core/testing'
import type { SingleWriterApi } from '@holdfast/plugins/single-writer'
import { checkOwn } from '../checks/isolation.ts'
import { createAheadWatch } from '../checks/consent.ts'
import { checkSent } from '../checks/sent.ts'
import { createRequestWatch, type Asked, type RequestWatch } from '../checks/requests.ts'
import { createTabViews, type TabViews } from '../checks/tab-views.ts'
import type { CounterName } from '../counters.ts'
import { broken } from '../checks/violation.ts'
import {
  archivePlugins,
  compactionPlugins,
  leasePlugins,
  lifetimePlugins,
  lookAheadOptions,
  onFull,
  upgradePlugins,
} from './app-plugins.ts'
import type { Device } from './device.ts'
import type { AppVersion } from './parcel-schema.ts'
import { isMovable, plainNames, schemaOf, type Client, type CollectionName } from './schema.ts'
import { variedNames } from './varied-schema.ts'
import { idIn, scopeOfRecord } from './scopes.ts'
import { resolveOne } from './answering.ts'
import { consent } from './consent.ts'
import { countAnswer } from './count-answer.ts'
import type { Servers } from './servers.ts'
import type { Sim } from './sim.ts'

/** One tab of a device: a process with a sync client, over the device's database. */
export interface Tab {
  readonly device: Device
  readonly process: SimulatedProcess
  /** Of the app that it runs. */
  readonly version: AppVersion
  readonly connectivity: ManualConnectivity
  readonly views: TabViews
  readonly requests: RequestWatch
  /** Undefined until it is open, and after it was closed. */
  readonly client: () => Client | undefined
  readonly state: () => SyncState
  /** What asks for leases; undefined in worlds without them. */
  readonly writer: () => SingleWriterApi | undefined
  /** Nothing of its database is on the way to it: it can know all that is stored. */
  readonly isUpToDate: () => boolean
  readonly close: () => Promise<void>
}

export interface TabOptions {
  readonly name: string
  readonly device: Device
  readonly servers: Servers
  /** Ends this tab, or all of the device. */
  readonly die: (whole: boolean) => void
  /** The database could not be opened. */
  readonly onFailed: () => void
}

/** Ours, and no. */
const isRefusal = ({ status, value }: ReadAnswer): boolean =>
  status === 200 && typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused'

const requestTimeout = 8_000

/** What core says of folds that must not be. */
const refusals: ReadonlySet<string> = new Set(['INVALID', 'TOO_LARGE', 'PLUGIN_FAILED'])

interface Drawing {
  readonly random: SeededRandom
  readonly draws: SeededRandom
}

export const openTab = (sim: Sim, { name, device, servers, die, onFailed }: TabOptions): Tab => {
  const { time, trace, counters, swarm, journalOf, scopes } = sim
  const random = sim.random.fork(`tab ${name}`)
  const draws = random.fork('scopes')
  const answers = random.fork('answers')
  const varieties = random.fork('varieties')
  const guarded = random.fork('guarded')
  const process = createSimulatedProcess({
    name,
    time,
    random,
    wallClock: () => sim.epoch + device.machine.clockOffset(),
  })
  const environment = swarm.lifetimes
    ? { ...process.environment, clock: sim.lives.clockOf(name, process.environment.clock) }
    : process.environment
  // The server refuses what is too old also where no plugin of the app does.
  const hasPlugin = swarm.lifetimes && random.fork('ttl').chance(0.9)
  const version = device.version()
  const connectivity = manualConnectivity()
  const views = createTabViews({
    history: device.shown(),
    tab: name,
    scopes,
    scopeOf: scopeOfRecord,
  })
  /** The cursor's revision when a request left. */
  const askedAt = new WeakMap<object, number | undefined>()
  const requests = createRequestWatch(sim, name, () => device.mirror.joined)
  const ahead = createAheadWatch(device.mirror, name, swarm.consent)
  let client: Client | undefined
  let onTheWay = 0
  const storageProcess: SimulatedProcess = {
    ...process,
    after(ms, label, run) {
      onTheWay += 1
      return process.after(ms, label, () => {
        onTheWay -= 1
        run()
      })
    },
  }

  const transport = simulatedTransport({
    time,
    process,
    timeout: requestTimeout,
    plan: device.machine.network,
    endpoint: (procedure, body) => servers.ask(device.user, procedure, body),
    onRequest(procedure, input) {
      const { scope } = input as PullInput
      trace.note(`${name} asks ${procedure}`)
      requests.onRequest(input as Asked)
      askedAt.set(input as object, device.mirror.scopes.get(scope)?.cursorAt)
      if (procedure === 'resume') counters.add('unknown verdict asked')
      if (procedure === 'preflight') ahead.onAsk(input as PreflightInput)
      if (procedure !== 'push') return
      sim.guard(() => checkOwn(device, input as PushInput, sim.shelf.isRemoved))
      const { clientId, operations } = input as PushInput
      if (device.mirror.isDoubtful) sim.doubtful.add(clientId)
      for (const operation of operations) {
        sim.guard(() => checkSent(device.mirror, operation))
        sim.guard(() => ahead.onPush(operation))
        if (swarm.lifetimes) sim.guard(() => sim.lives.onSent(device.mirror, operation.id, operation.age))
        sim.guard(() =>
          journalOf(scope).onSent(clientId, JSON.parse(JSON.stringify(operation)) as WireOperation),
        )
      }
    },
    onAnswer(procedure, input, answer) {
      const { scope, cursor } = input as PullInput
      const there = device.mirror.scopes.get(scope)
      const isStale =
        (procedure === 'push' || procedure === 'pull') &&
        ![there?.cursor?.cursor ?? '', there?.staging?.cursor].includes(cursor)
      if (isStale) counters.add('stale answer')
      if (procedure !== 'preflight' && procedure !== 'resume') requests.onRefused(scope, isRefusal(answer))
      if (procedure === 'preflight' && answer.status === 200)
        ahead.onAnswer(input as PreflightInput, answer.value as PreflightOutput)
      const isNews = countAnswer(counters, procedure, answer)
      // What another tab has overtaken is asked again: that it went on is news too.
      requests.onAnswer(input as Asked, answer, isNews || askedAt.get(input as object) !== there?.cursorAt)
    },
  })

  const watchSome = (
    opened: Client,
    collection: CollectionName,
    { random: own, draws: places }: Drawing,
  ): void => {
    if (own.chance(0.4)) views.watch(collection, opened.collections[collection].find$(), process.isAlive)
    const id = idIn(places.pick(scopes), `${collection}-${own.between(1, swarm.sharedRecords)}`)
    // Where such a record is in two scopes for a moment, which of them is shown hangs on the order joined.
    if (own.chance(0.2) && !isMovable(collection))
      views.watchOne(`${collection}/${id}`, opened.collections[collection].get$(id), process.isAlive)
  }

  const watchLifetimes = (opened: Client): void => {
    for (const collection of ['signals', 'views', 'flashes'] as const)
      watchSome(opened, collection, { random: guarded, draws: guarded })
    opened.events$.subscribe((event) => {
      if (!process.isAlive() || event.type !== 'expired') return
      sim.guard(() => sim.lives.onTold(name, device.mirror, event.operations))
    })
  }

  const watchDrops = (opened: Client): void => {
    opened.events$.subscribe((event) => {
      if (!process.isAlive() || event.type !== 'dropped') return
      sim.guard(() => sim.shelf.onToldDropped(name, event.operations))
    })
  }

  const watchFolds = (opened: Client): void => {
    opened.events$.subscribe((event) => {
      if (!process.isAlive()) return
      if (event.type === 'compacted') counters.add(`compacted by ${event.trigger}` as CounterName)
      if (event.type !== 'problem' || !refusals.has(event.error.code)) return
      sim.guard(() => broken('no crash of our own', `a pass failed: ${String(event.error)}`))
    })
  }

  /** As an app shows who may edit. It never goes back to an earlier number. */
  const watchLease = (opened: Client): void => {
    const id = `forms-${guarded.between(1, Math.min(2, swarm.sharedRecords))}`
    opened.plugins.singleWriter.state$('forms', id).subscribe({
      next({ kind }) {
        if (!process.isAlive()) return
        trace.note(`${name} sees ${id} ${kind}`)
        counters.add(`lease seen ${kind}`)
      },
      error(error: unknown) {
        if (!process.isAlive() || hasCode(error, 'STORAGE_FULL') || hasCode(error, 'STORAGE_FAILED')) return
        sim.guard(() => {
          throw error
        })
      },
    })
  }

  const watch = (opened: Client): void => {
    opened.state$.subscribe((state) => {
      if (!process.isAlive()) return
      trace.note(`${name} is ${state.status}`)
      requests.onState(state)
      if (state.status !== 'syncing') ahead.onOver()
      if (state.status === 'attention') {
        counters.add('attention asked for')
        if (!sim.isChaos()) void consent(sim, self)
      }
      if (state.status === 'blocked') {
        counters.add('sync blocked')
        if (state.error.message.startsWith('Sync failed unexpectedly')) {
          const { cause } = state.error
          sim.guard(() =>
            broken('no crash of our own', cause instanceof Error ? String(cause.stack) : String(cause)),
          )
        }
        process.after(random.between(500, 4_000), 'app helps', () => {
          if (opened.state.status === 'blocked') opened.start()
        })
      }
    })
    if (swarm.compaction > 0) watchFolds(opened)
    if (swarm.lifetimes) watchLifetimes(opened)
    if (swarm.drops) watchDrops(opened)
    if (swarm.hasty) {
      opened.conflicts.list$().subscribe((open) => {
        if (!process.isAlive() || open.length === 0 || !sim.isChaos()) return
        process.after(answers.between(0, 60), 'somebody answers', () => {
          if (sim.isChaos()) void resolveOne({ sim, random: answers }, opened)
        })
      })
    }
    if (swarm.leases) {
      watchSome(opened, 'forms', { random: guarded, draws: guarded })
      watchLease(opened)
    }
    if (swarm.upgrades) watchSome(opened, 'parcels', { random: guarded, draws: guarded })
    for (const collection of plainNames) watchSome(opened, collection, { random, draws })
    if (swarm.varied === 0) return
    for (const collection of variedNames)
      watchSome(opened, collection, { random: varieties, draws: varieties })
  }

  const open = async (): Promise<void> => {
    if (device.mirror.leaving.length > 0) counters.add('leaving gone on with')
    try {
      const opened = await createSyncClient({
        schema: schemaOf(swarm, version),
        user: device.user,
        storage: device.storageFor(storageProcess, die),
        transport: sim.plants.transport(transport, name),
        scopes: device.named,
        limits: { maxOps: swarm.client.maxOps, page: swarm.client.page, onFull: onFull(swarm.drops) },
        batch: { operations: swarm.client.batch },
        retry: { base: swarm.client.retryBase, cap: swarm.client.retryCap },
        pollEvery: swarm.client.pollEvery,
        ...lookAheadOptions(swarm.consent),
        connectivity,
        environment,
        plugins: [
          ...leasePlugins(swarm.leases),
          ...compactionPlugins(swarm.compaction).map(sim.plants.compaction),
          ...lifetimePlugins(hasPlugin),
          ...upgradePlugins(swarm, version).map((plugin) => sim.plants.migrations(plugin, device.name)),
          ...archivePlugins(swarm.archive, sim.shelf.onHanded),
        ],
      })
      if (!process.isAlive()) return
      client = opened
      watch(opened)
    } catch (error) {
      if (!process.isAlive()) return
      trace.note(`${name} can't open: ${String(error)}`)
      process.kill()
      onFailed()
    }
  }
  const self: Tab = {
    device,
    process,
    version,
    connectivity,
    views,
    requests,
    client: () => (process.isAlive() ? client : undefined),
    state: () => client?.state ?? { status: 'stopped' },
    writer: () => (process.isAlive() && swarm.leases ? client?.plugins.singleWriter : undefined),
    isUpToDate: () => process.isAlive() && client !== undefined && onTheWay === 0,
    async close() {
      const closing = client
      client = undefined
      await closing?.close()
      process.kill()
    },
  }
  // Not at once: the tab must be known to its device before it can die.
  void Promise.resolve().then(open)
  return self
}
