import { createSyncClient, manualConnectivity, type ManualConnectivity, type SyncState } from '@holdfast/core'
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
  type SimulatedProcess,
} from '@holdfast/core/testing'
import type { SingleWriterApi } from '@holdfast/plugins/single-writer'
import { checkOwn } from '../checks/isolation.ts'
import { createAheadWatch } from '../checks/consent.ts'
import { checkSent } from '../checks/sent.ts'
import { createRequestWatch, type Asked, type RequestWatch } from '../checks/requests.ts'
import { createTabViews, type TabViews } from '../checks/tab-views.ts'
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
import { schemaOf, type Client } from './schema.ts'
import { scopeOfRecord } from './scopes.ts'
import { countAnswer } from './count-answer.ts'
import { lookAt } from './looking.ts'
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
  /** Newer code has its database: what it shows stays as it was. */
  readonly isTakenOver: () => boolean
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

export const openTab = (sim: Sim, { name, device, servers, die, onFailed }: TabOptions): Tab => {
  const { time, trace, counters, swarm, journalOf, scopes } = sim
  const random = sim.random.fork(`tab ${name}`)
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
      if (procedure === 'snapshot') ahead.onRefetch(scope)
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
      lookAt(sim, { tab: self, random, ahead, opened })
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
    isTakenOver: () => version === 'old' && device.mirror.isRaised,
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
