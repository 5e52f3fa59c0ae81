import { hasCode } from '@holdfast/core'
import type { CommitBatch, CommitReceipt, StorageAdapter } from '@holdfast/core/storage'
import { crashableStorage, type SimulatedProcess } from '@holdfast/core/testing'
import { applyCommit, scopesIn } from '../checks/apply-commit.ts'
import { archivedBy, checkArchived, droppedBy } from '../checks/archive.ts'
import { noteSentBy } from '../checks/consent.ts'
import { checkCommit } from '../checks/local-rules.ts'
import type { LocalOperation } from '../checks/local-entries.ts'
import {
  createDeviceMirror,
  emptyMirror,
  mirrorOf,
  type DeviceMirror,
  type Mirror,
} from '../checks/mirror.ts'
import type { ShownHistory } from '../checks/shown-history.ts'
import { disposable } from './app-plugins.ts'
import { countStaging } from './count-staging.ts'
import { countUpgrades } from './count-upgrades.ts'
import { countFolds } from './count-folds.ts'
import { countCommit, type Answers } from './count-commit.ts'
import { noteHeld } from './note-held.ts'
import type { Machine } from './machine.ts'
import type { AppVersion } from './parcel-schema.ts'
import { createRecorder } from './recorder.ts'
import type { Sim } from './sim.ts'
import { createStrikes, type Strikes } from './strikes.ts'

/** What was stored, and when. */
interface Committed {
  readonly batch: CommitBatch
  readonly at: number
}

/** One user on one machine: a database, and the tabs over it. */
export interface Device extends Pick<Strikes, 'arm' | 'onAmid'> {
  readonly name: string
  /** Of the app that its tabs run which start from now on. */
  readonly version: () => AppVersion
  readonly upgrade: () => void
  readonly machine: Machine
  readonly user: string
  readonly mirror: DeviceMirror
  /** The scopes that the app names at each start. */
  readonly named: readonly string[]
  /** The app leaves the scope, whatever is unfinished in it. */
  readonly allowDiscard: (scope: string) => void
  /** What was shown since the store was last put back. */
  readonly shown: () => ShownHistory
  /** All commits so far, in worlds that copy stores. */
  readonly commits: () => readonly Committed[]
  /** Puts a copy in the place of the store. No tab may run. */
  readonly putBack: (commits: readonly Committed[]) => Promise<void>
  /** The database as one tab sees it. `die` ends that tab, or all. */
  readonly storageFor: (tab: SimulatedProcess, die: (whole: boolean) => void) => StorageAdapter
  /** All that the place really holds. */
  readonly readPlace: () => Promise<ReadonlyMap<string, string>>
}

const keysOf = ({ writes }: CommitBatch): string =>
  writes.map(({ key, value }) => (value === undefined ? `-${key}` : key)).join(' ')

const databaseName = (user: string): string => user

export interface DeviceOptions {
  readonly name: string
  readonly user: string
  readonly machine: Machine
}

export const createDevice = (sim: Sim, { name, user, machine }: DeviceOptions): Device => {
  const { counters, trace, swarm, histories } = sim
  const random = sim.random.fork(`device ${name}`).fork('storage')
  let { place } = machine
  const mirror = createDeviceMirror()
  const draws = sim.random.fork(`device ${name}`).fork('scopes')
  const [first = '', ...others] = sim.scopes
  const some = others.filter(() => draws.chance(0.5))
  const named = some.length > 0 && draws.chance(0.3) ? some : [first, ...some]
  const discardable = new Set<string>()
  const strikes = createStrikes(sim, { name, mirror, random })
  let recorder = createRecorder(mirror)
  let commits: Committed[] = []
  const answers: Answers = new Set()
  const isRestored = ({ id }: LocalOperation): boolean => sim.restored.has(id)
  const mayCancel = ({ id, transaction, collection, fate }: LocalOperation): boolean =>
    (swarm.drops && fate.reason === 'queueFull') ||
    // Requests for leases are taken back where nobody answers in time.
    collection === 'formLeases' ||
    sim.takenBack.has(transaction?.id ?? id)

  /** What leaves the archive, and what is dropped for want of room: before the mirror has it. */
  const watchArchive = (tab: string, batch: CommitBatch): void => {
    if (swarm.drops) {
      for (const scope of scopesIn(mirror, batch)) {
        const dropped = droppedBy(mirrorOf(mirror, scope), batch, disposable)
        if (dropped.length > 0) counters.add('dropped from a full queue', dropped.length)
        sim.shelf.onDropped(tab, dropped)
      }
    }
    if (swarm.archive.keep < 0) return
    for (const [there, removed] of archivedBy(mirror, batch)) {
      checkArchived(mirror, there, removed, swarm.archive, sim.shelf)
      counters.add('archived', removed.length)
      if (removed.some(({ transaction }) => transaction !== undefined)) counters.add('transaction archived')
      sim.shelf.onRemoved(removed)
    }
  }

  const onCommitted = (tab: string, batch: CommitBatch, { revision }: CommitReceipt): void => {
    const { writes } = batch
    trace.note(`${tab} commits ${revision}: ${writes.length}`, () => keysOf(batch))
    if (batch.writes.filter(({ key, value }) => key.startsWith('id/') && value !== undefined).length > 1) {
      counters.add('group commit')
    }
    countCommit({ counters, device: mirror, answers }, batch)
    if (swarm.upgrades) countUpgrades(counters, mirror, batch)
    if (swarm.compaction > 0) countFolds(counters, mirror, batch)
    if (swarm.copies) commits.push({ batch: { expect: [], writes }, at: sim.time.now() })
    sim.guard(() => {
      watchArchive(tab, batch)
      const foldingBefore = new Map(
        [...scopesIn(mirror, batch)].map((scope) => [scope, mirrorOf(mirror, scope).log?.folding]),
      )
      checkCommit(
        {
          device: mirror,
          histories,
          mayDiscard: (scope) => discardable.has(scope),
          mayCancel,
          isRestored,
          ageOf: sim.lives.ageOf,
          now: () => sim.epoch + sim.time.now(),
          onHidden: () => counters.add('record hidden'),
        },
        batch,
        revision,
      )
      if (swarm.consent === 'attention') noteSentBy(mirror, batch, tab)
      if (swarm.leases) noteHeld(sim.held, mirror, batch)
      if (swarm.lifetimes) sim.lives.onCommitted(tab, mirror, batch)
      if (swarm.archive.keep >= 0) sim.shelf.onCommit(mirror, batch, { revision, at: sim.time.now() })
      const flipped: Mirror[] = []
      for (const [scope, before] of foldingBefore) {
        const there = mirrorOf(mirror, scope)
        countStaging(counters, batch, there)
        if (there.log?.folding !== undefined && there.log.folding !== before) flipped.push(there)
      }
      recorder.remember(batch, revision, flipped)
    })
  }

  /** Whatever a tab opens is its user's. */
  const claimed: StorageAdapter = {
    ...machine.place,
    open(database) {
      sim.guard(() => machine.claim(database, user))
      return place.open(database)
    },
  }

  let version: AppVersion = 'old'

  return {
    name,
    version: () => version,
    upgrade() {
      version = 'new'
    },
    user,
    mirror,
    named,
    allowDiscard: (scope) => void discardable.add(scope),
    shown: () => recorder.history,
    machine,
    arm: strikes.arm,
    onAmid: strikes.onAmid,
    commits: () => commits,
    async putBack(copied) {
      commits = [...copied]
      emptyMirror(mirror)
      recorder = createRecorder(mirror)
      sim.shelf.forget(mirror)
      for (const [index, { batch, at }] of commits.entries()) {
        const folding = new Map([...mirror.scopes.values()].map((there) => [there, there.log?.folding]))
        applyCommit(mirror, batch, index + 1)
        if (swarm.archive.keep >= 0) sim.shelf.onCommit(mirror, batch, { revision: index + 1, at })
        const flipped = [...mirror.scopes.values()].filter(
          (there) => there.log?.folding !== undefined && there.log.folding !== folding.get(there),
        )
        recorder.remember(batch, index + 1, flipped)
      }
      place = sim.openPlace()
      const database = await place.open(databaseName(user))
      for (const { batch } of commits) await database.commit(batch)
      await database.close()
    },
    storageFor: (tab, die) =>
      sim.plants.storage(
        crashableStorage(claimed, {
          process: tab,
          faultAt: (step) => strikes.faultAt(step, die),
          noticeOf: strikes.noticeOf,
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
