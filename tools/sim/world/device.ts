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
import type { Machine } from './machine.ts'
import type { Sim } from './sim.ts'

export type Amid = 'staging' | 'folding' | 'leaving'

/** What waits to go wrong on a device. */
export type Armed =
  | {
      readonly kind: 'crash'
      readonly step: StorageStep
      readonly whole: boolean
      /** Waits until this is under way. */
      readonly amid?: Amid
    }
  /** Somebody does something at that very moment. */
  | { readonly kind: 'call'; readonly step: StorageStep; readonly amid: Amid; readonly run: () => void }
  | { readonly kind: 'fail'; readonly step: StorageStep; readonly code: 'STORAGE_FULL' | 'STORAGE_FAILED' }

/** One user on one machine: a database, and the tabs over it. */
export interface Device {
  readonly name: string
  readonly machine: Machine
  readonly user: string
  readonly mirror: DeviceMirror
  /** The scopes that the app names at each start. */
  readonly named: readonly string[]
  /** The app leaves the scope, whatever is unfinished in it. */
  readonly allowDiscard: (scope: string) => void
  readonly shown: ShownHistory
  readonly arm: (armed: Armed | undefined) => void
  /** What is done, now and then, amid something that takes several commits. */
  readonly onAmid: (run: () => void) => void
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

export interface DeviceOptions {
  readonly name: string
  readonly user: string
  readonly machine: Machine
}

export const createDevice = (sim: Sim, { name, user, machine }: DeviceOptions): Device => {
  const { counters, trace, swarm, journalOf } = sim
  const random = sim.random.fork(`device ${name}`).fork('storage')
  const { place } = machine
  const mirror = createDeviceMirror()
  const draws = sim.random.fork(`device ${name}`).fork('scopes')
  const [first = '', ...others] = sim.scopes
  const some = others.filter(() => draws.chance(0.5))
  const named = some.length > 0 && draws.chance(0.3) ? some : [first, ...some]
  const discardable = new Set<string>()
  const shown = createShownHistory()
  let armed: Armed | undefined
  /** Waits for what takes several commits. */
  let armedAmid: Armed | undefined

  const isFolding = (): boolean => [...mirror.scopes.values()].some(({ log }) => log?.folding !== undefined)

  /** What takes several commits, and is somewhere in the middle. */
  const underWay = (): Amid | undefined => {
    if (mirror.leaving.length > 0) return 'leaving'
    if ([...mirror.scopes.values()].every(({ staged }) => staged.size === 0)) return undefined
    return isFolding() ? 'folding' : 'staging'
  }

  const isDue = (fault: Armed | undefined, step: StorageStep): fault is Armed =>
    fault?.step === step && (!('amid' in fault) || fault.amid === underWay())

  const amidDraws = random.fork('amid')
  let runAmid: (() => void) | undefined
  const strikesLeft: Record<Amid, number> = { staging: 2, folding: 2, leaving: 2 }

  /** Where something takes several commits, it may be just then. */
  const drawAmid = (step: StorageStep): Armed | undefined => {
    if (swarm.storage.amid === 0 || !sim.isChaos()) return undefined
    const amid = underWay()
    if (amid === undefined || strikesLeft[amid] === 0) return undefined
    if (!amidDraws.chance(swarm.storage.amid * (amid === 'folding' ? 8 : 1))) return undefined
    strikesLeft[amid] -= 1
    if (amidDraws.chance(0.5)) return { kind: 'crash', step, whole: amidDraws.chance(0.5) }
    return { kind: 'call', step, amid, run: () => runAmid?.() }
  }

  const strike = (step: StorageStep, die: (whole: boolean) => void): StorageFault | undefined => {
    const due = [armed, armedAmid].find((fault): fault is Armed => isDue(fault, step)) ?? drawAmid(step)
    if (due === undefined) return undefined
    if (due === armed) armed = undefined
    if (due === armedAmid) armedAmid = undefined
    trace.note(`${name} ${due.kind} at ${step}`)
    switch (due.kind) {
      case 'call':
        sim.time.after(0, `${name} at ${step}`, due.run)
        return undefined
      case 'fail':
        counters.add(`storage ${due.code}`)
        return { kind: 'fail', error: new SyncError(due.code, 'The disk refuses this write.', {}) }
      case 'crash': {
        counters.add(`crash at ${step}`)
        const amid = underWay()
        if (amid !== undefined) counters.add(`crash while ${amid}`)
        if (due.whole) counters.add('crash of a whole device')
        die(due.whole)
        return { kind: 'crash' }
      }
    }
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

  /** Whatever a tab opens is its user's. */
  const claimed: StorageAdapter = {
    ...place,
    open(database) {
      sim.guard(() => machine.claim(database, user))
      return place.open(database)
    },
  }

  return {
    name,
    user,
    mirror,
    named,
    allowDiscard: (scope) => void discardable.add(scope),
    shown,
    machine,
    arm(next) {
      if (next !== undefined && 'amid' in next) armedAmid = next
      else armed = next
      if (next === undefined) armedAmid = undefined
    },
    onAmid: (run) => {
      runAmid = run
    },
    storageFor: (tab, die) =>
      sim.plants.storage(
        crashableStorage(claimed, {
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
