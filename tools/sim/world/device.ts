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
import { checkCommit, shownOf } from '../checks/local-rules.ts'
import { createDeviceMirror, mirrorOf, recordOf, scopeOf, type DeviceMirror } from '../checks/mirror.ts'
import { createShownHistory, listName, type ShownHistory } from '../checks/shown-history.ts'
import { canonical, nothing } from '../model/values.ts'
import { countCommit } from './count-commit.ts'
import { createDeviceNetwork, type DeviceNetwork } from './network.ts'
import type { Sim } from './sim.ts'

/** What waits to go wrong on a device. */
export type Armed =
  | { readonly kind: 'crash'; readonly step: StorageStep; readonly whole: boolean }
  | { readonly kind: 'fail'; readonly step: StorageStep; readonly code: 'STORAGE_FULL' | 'STORAGE_FAILED' }

/** A device: one database, one clock, one network, and the tabs over it. */
export interface Device {
  readonly name: string
  readonly user: string
  readonly mirror: DeviceMirror
  /** The scopes that the app names at each start. */
  readonly named: readonly string[]
  /** The app leaves the scope, whatever is unfinished in it. */
  readonly allowDiscard: (scope: string) => void
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

const databaseName = (user: string): string => user

export const createDevice = (sim: Sim, name: string, user: string): Device => {
  const { counters, trace, swarm, journalOf } = sim
  const random = sim.random.fork(`device ${name}`)
  const place = memoryStorage()
  const mirror = createDeviceMirror()
  const draws = random.fork('scopes')
  const [first = '', ...others] = sim.scopes
  const some = others.filter(() => draws.chance(0.5))
  const named = some.length > 0 && draws.chance(0.3) ? some : [first, ...some]
  const discardable = new Set<string>()
  const shown = createShownHistory()
  let offset = swarm.clockSkew === 0 ? 0 : random.between(-swarm.clockSkew, swarm.clockSkew)
  let armed: Armed | undefined

  const strike = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    if (armed === undefined || armed.step !== step) return undefined
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
    if (whole) counters.add('crash of a whole device')
    die(whole)
    return { kind: 'crash' }
  }

  const faultAt = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    const fault = strike(step, die)
    if (fault !== undefined || !sim.isChaos() || !random.chance(swarm.storage.slow)) return fault
    return { kind: 'delay', ms: random.next() * swarm.storage.slowest }
  }

  const noticeOf: CrashableStorageOptions['noticeOf'] = (commit) => {
    if (!sim.isChaos()) return { delay: 0, commit }
    const delay = random.chance(swarm.storage.lateNotice) ? random.next() * swarm.storage.slowest : 0
    if (!random.chance(swarm.storage.widenNotice)) return { delay, commit }
    counters.add('notice widened')
    return { delay, commit: 'all' }
  }

  /** The text of each record as it is shown, by collection and scope. */
  const texts = new Map<string, Map<string, string>>()

  const remember = (batch: CommitBatch, revision: number): void => {
    const lists = new Set<string>()
    for (const { key, value } of batch.writes) {
      if (key.startsWith('log/')) forgetLeft(scopeOf(mirror, key, value) ?? '', revision)
      const record = key.startsWith('rec/') ? recordOf(key) : undefined
      if (record === undefined) continue
      const scope = scopeOf(mirror, key, value) ?? ''
      const { log, records } = mirrorOf(mirror, scope)
      if (log?.left === true) continue
      const list = listName(record.slice(0, record.indexOf('/')), scope)
      const text = canonical(shownOf(records.get(record)))
      const known = texts.get(list) ?? new Map<string, string>()
      texts.set(list, known)
      lists.add(list)
      known.set(record, text)
      shown.add(record, revision, text)
    }
    for (const list of lists) {
      const all = [...(texts.get(list)?.values() ?? [])].filter((text) => text !== nothing)
      shown.add(list, revision, all.sort().join('\n'))
    }
  }

  /** Nothing of a scope is shown from the commit on in which it is left. */
  const forgetLeft = (scope: string, revision: number): void => {
    if (mirrorOf(mirror, scope).log?.left !== true) return
    for (const [list, known] of texts) {
      if (!list.endsWith(` ${scope}`)) continue
      for (const record of known.keys()) shown.add(record, revision, nothing)
      shown.add(list, revision, '')
      texts.delete(list)
    }
  }

  const onCommitted = (tab: string, batch: CommitBatch, { revision }: CommitReceipt): void => {
    const { writes } = batch
    trace.note(`${tab} commits ${revision}: ${writes.length}`, () => keysOf(batch))
    if (batch.writes.filter(({ key, value }) => key.startsWith('id/') && value !== undefined).length > 1) {
      counters.add('group commit')
    }
    countCommit(counters, mirror, batch)
    sim.guard(() => {
      checkCommit(
        { device: mirror, journalOf, mayDiscard: (scope) => discardable.has(scope) },
        batch,
        revision,
      )
      remember(batch, revision)
    })
  }

  return {
    name,
    user,
    mirror,
    named,
    allowDiscard: (scope) => void discardable.add(scope),
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
