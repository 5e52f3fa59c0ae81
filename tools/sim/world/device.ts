import { SyncError, hasCode } from '@holdfast/core'
import type { CommitBatch, CommitReceipt, StorageAdapter } from '@holdfast/core/storage'
import {
  crashableStorage,
  type CrashableStorageOptions,
  type SimulatedProcess,
  type StorageFault,
  type StorageStep,
} from '@holdfast/core/testing'
import { checkCommit } from '../checks/local-rules.ts'
import {
  createDeviceMirror,
  mirrorOf,
  recordOf,
  scopeOf,
  scopesIn,
  type DeviceMirror,
  type Mirror,
} from '../checks/mirror.ts'
import { shownIn } from '../checks/shown.ts'
import { createShownHistory, listName, type ShownHistory } from '../checks/shown-history.ts'
import { canonical, nothing } from '../model/values.ts'
import { countStaging } from './count-staging.ts'
import { countCommit } from './count-commit.ts'
import { createDeviceNetwork, type DeviceNetwork } from './network.ts'
import type { Sim } from './sim.ts'

/** What waits to go wrong on a device. */
export type Armed =
  | {
      readonly kind: 'crash'
      readonly step: StorageStep
      readonly whole: boolean
      /** Waits until this is under way. */
      readonly amid?: 'staging' | 'folding'
    }
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

/** Else nobody would come in between. */
const slowFolding = 0.7

const databaseName = (user: string): string => user

export const createDevice = (sim: Sim, name: string, user: string): Device => {
  const { counters, trace, swarm, journalOf } = sim
  const random = sim.random.fork(`device ${name}`)
  const place = sim.openPlace()
  const mirror = createDeviceMirror()
  const draws = random.fork('scopes')
  const [first = '', ...others] = sim.scopes
  const some = others.filter(() => draws.chance(0.5))
  const named = some.length > 0 && draws.chance(0.3) ? some : [first, ...some]
  const discardable = new Set<string>()
  const shown = createShownHistory()
  let offset = swarm.clockSkew === 0 ? 0 : random.between(-swarm.clockSkew, swarm.clockSkew)
  let armed: Armed | undefined

  const isFolding = (): boolean => [...mirror.scopes.values()].some(({ log }) => log?.folding !== undefined)

  /** What becomes of a generation now. */
  const underWay = (): 'staging' | 'folding' | undefined => {
    if ([...mirror.scopes.values()].every(({ staged }) => staged.size === 0)) return undefined
    return isFolding() ? 'folding' : 'staging'
  }

  const strike = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    if (armed === undefined || armed.step !== step) return undefined
    if (armed.kind === 'crash' && armed.amid !== undefined && armed.amid !== underWay()) return undefined
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
    const generation = underWay()
    if (generation !== undefined) counters.add(`crash while ${generation}`)
    if (whole) counters.add('crash of a whole device')
    die(whole)
    return { kind: 'crash' }
  }

  const faultAt = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    const fault = strike(step, die)
    const slow = isFolding() && swarm.storage.slow > 0 ? slowFolding : swarm.storage.slow
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

  /** The text of each record as it is shown, by collection and scope. */
  const texts = new Map<string, Map<string, string>>()

  const remember = (batch: CommitBatch, revision: number, flipped: readonly Mirror[]): void => {
    const lists = new Set<string>()
    const remembered = (there: Mirror, record: string): void => {
      const list = listName(record.slice(0, record.indexOf('/')), there.scope)
      const text = canonical(shownIn(there, record))
      const known = texts.get(list) ?? new Map<string, string>()
      texts.set(list, known)
      if (known.get(record) === text) return
      lists.add(list)
      known.set(record, text)
      shown.add(record, revision, text)
    }
    for (const { key, value } of batch.writes) {
      if (key.startsWith('log/')) forgetLeft(scopeOf(mirror, key, value) ?? '', revision)
      const record = key.startsWith('rec/') ? recordOf(key) : undefined
      if (record === undefined) continue
      const there = mirrorOf(mirror, scopeOf(mirror, key, value) ?? '')
      if (there.log?.left !== true) remembered(there, record)
    }
    for (const there of flipped) for (const record of there.staged.keys()) remembered(there, record)
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
      const foldingBefore = new Map(
        [...scopesIn(mirror, batch)].map((scope) => [scope, mirrorOf(mirror, scope).log?.folding]),
      )
      checkCommit(
        { device: mirror, journalOf, mayDiscard: (scope) => discardable.has(scope) },
        batch,
        revision,
      )
      const flipped: Mirror[] = []
      for (const [scope, before] of foldingBefore) {
        const there = mirrorOf(mirror, scope)
        countStaging(counters, batch, there)
        if (there.log?.folding !== undefined && there.log.folding !== before) flipped.push(there)
      }
      remember(batch, revision, flipped)
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
