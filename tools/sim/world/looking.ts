import { hasCode } from '@holdfast/core'
import type { SeededRandom, SimulatedProcess } from '@holdfast/core/testing'
import type { AheadWatch } from '../checks/consent.ts'
import type { DeviceMirror } from '../checks/mirror.ts'
import type { RequestWatch } from '../checks/requests.ts'
import type { TabViews } from '../checks/tab-views.ts'
import { broken } from '../checks/violation.ts'
import type { CounterName } from '../counters.ts'
import { resolveOne } from './answering.ts'
import { consent } from './consent.ts'
import { isMovable, plainNames, type Client, type CollectionName } from './schema.ts'
import { idIn } from './scopes.ts'
import type { Sim } from './sim.ts'
import { variedNames } from './varied-schema.ts'

/** As much of a tab as its app sees, and its watchers. */
interface LookedAt {
  readonly device: { readonly mirror: DeviceMirror }
  readonly process: SimulatedProcess
  readonly views: TabViews
  readonly requests: RequestWatch
  readonly client: () => Client | undefined
}

export interface LookingOptions {
  readonly tab: LookedAt
  /** The tab's own. */
  readonly random: SeededRandom
  readonly ahead: AheadWatch
  readonly opened: Client
}

interface Looking extends Pick<LookingOptions, 'tab' | 'opened'> {
  readonly sim: Sim
  readonly guarded: SeededRandom
}

interface Drawing {
  readonly random: SeededRandom
  readonly draws: SeededRandom
}

/** What core says of folds that must not be. */
const refusals: ReadonlySet<string> = new Set(['INVALID', 'TOO_LARGE', 'PLUGIN_FAILED'])

const watchSome = (looking: Looking, collection: CollectionName, { random, draws }: Drawing): void => {
  const { sim, opened } = looking
  const { views, process } = looking.tab
  if (random.chance(0.4)) views.watch(collection, opened.collections[collection].find$(), process.isAlive)
  const id = idIn(draws.pick(sim.scopes), `${collection}-${random.between(1, sim.swarm.sharedRecords)}`)
  // Where such a record is in two scopes for a moment, which of them is shown hangs on the order joined.
  if (random.chance(0.2) && !isMovable(collection))
    views.watchOne(`${collection}/${id}`, opened.collections[collection].get$(id), process.isAlive)
}

const watchLifetimes = (looking: Looking): void => {
  const { sim, opened, guarded } = looking
  const { process, device } = looking.tab
  for (const collection of ['signals', 'views', 'flashes'] as const)
    watchSome(looking, collection, { random: guarded, draws: guarded })
  opened.events$.subscribe((event) => {
    if (!process.isAlive() || event.type !== 'expired') return
    sim.guard(() => sim.lives.onTold(process.name, device.mirror, event.operations))
  })
}

const watchDrops = ({ sim, opened, tab: { process } }: Looking): void => {
  opened.events$.subscribe((event) => {
    if (!process.isAlive() || event.type !== 'dropped') return
    sim.guard(() => sim.shelf.onToldDropped(process.name, event.operations))
  })
}

const watchFolds = ({ sim, opened, tab: { process } }: Looking): void => {
  opened.events$.subscribe((event) => {
    if (!process.isAlive()) return
    if (event.type === 'compacted') sim.counters.add(`compacted by ${event.trigger}` as CounterName)
    if (event.type !== 'problem' || !refusals.has(event.error.code)) return
    sim.guard(() => broken('no crash of our own', `a pass failed: ${String(event.error)}`))
  })
}

/** As an app shows who may edit. It never goes back to an earlier number. */
const watchLease = ({ sim, opened, guarded, tab: { process } }: Looking): void => {
  const { trace, counters, swarm } = sim
  const { name } = process
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

/** What the app of a tab looks at and listens to from when its client is open, and what it does about it. */
export const lookAt = (sim: Sim, { tab, random, ahead, opened }: LookingOptions): void => {
  const { trace, counters, swarm } = sim
  const { process, requests } = tab
  const { name } = process
  const draws = random.fork('scopes')
  const answers = random.fork('answers')
  const varieties = random.fork('varieties')
  const guarded = random.fork('guarded')
  const looking: Looking = { sim, tab, opened, guarded }
  opened.state$.subscribe((state) => {
    if (!process.isAlive()) return
    trace.note(`${name} is ${state.status}`)
    requests.onState(state)
    if (state.status !== 'syncing') ahead.onOver()
    if (state.status === 'attention') {
      counters.add('attention asked for')
      if (!sim.isChaos()) void consent(sim, tab)
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
  if (swarm.compaction > 0) watchFolds(looking)
  if (swarm.lifetimes) watchLifetimes(looking)
  if (swarm.drops) watchDrops(looking)
  if (swarm.hasty) {
    opened.conflicts.list$().subscribe((open) => {
      if (!process.isAlive() || open.length === 0 || !sim.isChaos()) return
      process.after(answers.between(0, 60), 'somebody answers', () => {
        if (sim.isChaos()) void resolveOne({ sim, random: answers }, opened)
      })
    })
  }
  if (swarm.leases) {
    watchSome(looking, 'forms', { random: guarded, draws: guarded })
    watchLease(looking)
  }
  if (swarm.upgrades) watchSome(looking, 'parcels', { random: guarded, draws: guarded })
  for (const collection of plainNames) watchSome(looking, collection, { random, draws })
  if (swarm.varied === 0) return
  for (const collection of variedNames)
    watchSome(looking, collection, { random: varieties, draws: varieties })
}
