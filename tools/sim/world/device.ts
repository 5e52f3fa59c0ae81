import { SyncError, hasCode } from '@holdfast/core'
import type { CommitBatch, CommitReceipt, StorageAdapter } from '@holdfast/core/storage'
import {
  crashableStorage,
  type CrashableStorageOptions,
  type SimulatedProcess,
  type StorageFault,
  type StorageStep,
} from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { checkCommit } from '../checks/local-rules.ts'
import { createMirror, recordOf, type Mirror } from '../checks/mirror.ts'
import { shownIn } from '../checks/shown.ts'
import { createShownHistory, type ShownHistory } from '../checks/shown-history.ts'
import { canonical, nothing } from '../model/values.ts'
import { countStaging } from './count-staging.ts'
import { createDeviceNetwork, type DeviceNetwork } from './network.ts'
import type { Sim } from './sim.ts'

/** What waits to go wrong on a device. */
export type Armed =
  | {
      readonly kind: 'crash'
      readonly step: StorageStep
      readonly whole: boolean
      /** Waits until something is staged or folded. */
      readonly staged?: boolean
    }
  | { readonly kind: 'fail'; readonly step: StorageStep; readonly code: 'STORAGE_FULL' | 'STORAGE_FAILED' }

/** A device: one database, one clock, one network, and the tabs over it. */
export interface Device {
  readonly name: string
  readonly user: string
  readonly mirror: Mirror
  readonly shown: ShownHistory
  readonly network: DeviceNetwork
  readonly clockOffset: () => number
  readonly jumpClock: (to: number) => void
  readonly arm: (armed: Armed | undefined) => void
  /** The database as one tab sees it. `die` ends that tab, or all. */
  readonly storageFor: (tab: SimulatedProcess, die: (whole: boolean) => void) => StorageAdapter
  /** All that the place really holds. */
  readonly readPlace: () => Promise<ReadonlyMap<string, string>>
}

const keysOf = ({ writes }: CommitBatch): string =>
  writes.map(({ key, value }) => (value === undefined ? `-${key}` : key)).join(' ')

/** Else nobody would come in between. */
const slowFolding = 0.7

const databaseName = (user: string): string => user

export const createDevice = (sim: Sim, name: string, user: string): Device => {
  const { counters, trace, swarm, journal } = sim
  const random = sim.random.fork(`device ${name}`)
  const place = memoryStorage()
  const mirror = createMirror()
  const shown = createShownHistory()
  let offset = swarm.clockSkew === 0 ? 0 : random.between(-swarm.clockSkew, swarm.clockSkew)
  let armed: Armed | undefined

  const strike = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    if (armed === undefined || armed.step !== step) return undefined
    if (armed.kind === 'crash' && armed.staged === true && mirror.staged.size === 0) return undefined
    const { kind } = armed
    trace.note(`${name} ${kind} at ${step}`)
    if (armed.kind === 'fail') {
      const { code } = armed
      armed = undefined
      counters.add(`storage ${code}`)
      return { kind: 'fail', error: new SyncError(code, 'The disk refuses this write.', {}) }
    }
    const { whole } = armed
    armed = undefined
    counters.add(`crash at ${step}`)
    if (mirror.staged.size > 0)
      counters.add(mirror.log?.folding === undefined ? 'crash while staging' : 'crash while folding')
    if (whole) counters.add('crash of a whole device')
    die(whole)
    return { kind: 'crash' }
  }

  const faultAt = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    const fault = strike(step, die)
    const isFolding = mirror.log?.folding !== undefined
    const slow = isFolding && swarm.storage.slow > 0 ? slowFolding : swarm.storage.slow
    if (fault !== undefined || !sim.isChaos() || !random.chance(slow)) return fault
    return { kind: 'delay', ms: random.next() * swarm.storage.slowest }
  }

  const noticeOf: CrashableStorageOptions['noticeOf'] = (commit) => {
    if (!sim.isChaos()) return { delay: 0, commit }
    const delay = random.chance(swarm.storage.lateNotice) ? random.next() * swarm.storage.slowest : 0
    if (!random.chance(swarm.storage.widenNotice)) return { delay, commit }
    counters.add('notice widened')
    return { delay, commit: 'all' }
  }

  /** The text of each record as it is shown, by collection. */
  const texts = new Map<string, Map<string, string>>()

  const remember = (batch: CommitBatch, revision: number, isFlip: boolean): void => {
    const changed = new Set(
      batch.writes.flatMap(({ key }) => (key.startsWith('rec/') ? (recordOf(key) ?? []) : [])),
    )
    if (isFlip) for (const record of mirror.staged.keys()) changed.add(record)
    const collections = new Set<string>()
    for (const record of changed) {
      const collection = record.slice(0, record.indexOf('/'))
      const text = canonical(shownIn(mirror, record))
      const known = texts.get(collection) ?? new Map<string, string>()
      texts.set(collection, known)
      if (known.get(record) === text) continue
      collections.add(collection)
      known.set(record, text)
      shown.add(record, revision, text)
    }
    for (const collection of collections) {
      const list = [...(texts.get(collection)?.values() ?? [])].filter((text) => text !== nothing)
      shown.add(collection, revision, list.sort().join('\n'))
    }
  }

  const onCommitted = (tab: string, batch: CommitBatch, { revision }: CommitReceipt): void => {
    const { writes } = batch
    trace.note(`${tab} commits ${revision}: ${writes.length}`, () => keysOf(batch))
    if (batch.writes.filter(({ key, value }) => key.startsWith('id/') && value !== undefined).length > 1) {
      counters.add('group commit')
    }
    const before = mirror.log?.folding
    sim.guard(() => {
      checkCommit(mirror, journal, batch, revision)
      const now = mirror.log?.folding
      countStaging(counters, batch, mirror)
      remember(batch, revision, now !== undefined && now !== before)
    })
  }

  return {
    name,
    user,
    mirror,
    shown,
    network: createDeviceNetwork(sim, name),
    clockOffset: () => offset,
    jumpClock(to) {
      counters.add('clock jump')
      offset = to
    },
    arm: (next) => {
      armed = next
    },
    storageFor: (tab, die) =>
      sim.plants.storage(
        crashableStorage(place, {
          process: tab,
          faultAt: (step) => faultAt(step, die),
          noticeOf,
          onCommitted: (batch, receipt) => onCommitted(tab.name, batch, receipt),
          onRefused: (error) => {
            if (hasCode(error, 'STORAGE_CONFLICT')) counters.add('STORAGE_CONFLICT between tabs')
          },
        }),
      ),
    async readPlace() {
      const database = await place.open(databaseName(user))
      const [entries] = await database.read([{ scan: '' }])
      await database.close()
      return new Map(entries.map(({ key, value }) => [key, value]))
    },
  }
}
