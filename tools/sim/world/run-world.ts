import { hasCode } from '@holdfast/core'
import { createSeededRandom, createVirtualTime } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { checkStatus } from '../checks/at-rest.ts'
import type { JournalEvents, Surroundings } from '../checks/journal-world.ts'
import { createJournal } from '../checks/journal.ts'
import type { Violation } from '../checks/violation.ts'
import { createCounters, type CounterName, type Counters } from '../counters.ts'
import { nothingPlanted, type Plants } from '../planted/plants.ts'
import { act } from './actions.ts'
import type { Actors } from './actors.ts'
import { keptApart } from './apart.ts'
import { catchCrashes } from './catch-crashes.ts'
import { createDevice } from './device.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { createMachine } from './machine.ts'
import { createHistories } from './histories.ts'
import { createLives } from './lives.ts'
import { epochOf } from './retention.ts'
import { createRights } from './rights.ts'
import { runQuiet } from './quiet.ts'
import type { RunOptions } from './run-options.ts'
import { allScopes } from './scopes.ts'
import { metThemes } from './second-theme.ts'
import { createShelf } from './shelf.ts'
import { createServers } from './servers.ts'
import { createGuard, type Sim } from './sim.ts'
import { drawSwarm } from './draw-swarm.ts'
import { changeSwarm, type Swarm, type SwarmChanges } from './swarm.ts'
import { createTrace } from './trace.ts'
import { createWrites } from './writes.ts'

export interface Outcome {
  readonly seed: number
  readonly events: number
  readonly hash: string
  readonly counters: ReturnType<Counters['all']>
  readonly violation: Violation | undefined
  /** What was turned on. */
  readonly swarm: Swarm
  /** How many actions were scheduled. */
  readonly actions: number
  /** The last that happened. */
  readonly trace: readonly string[]
}

/** A seed in which less happened goes through another round. */
const leastEvents = 200

/** Chaos of a further round. */
const fewestEvents = 12

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Checks of every moment. */
const checkNow = ({ guard }: Sim, fleet: Fleet): void => {
  for (const tab of fleet.tabs()) {
    if (!tab.process.isAlive()) continue
    guard(tab.views.check)
    if (!tab.isUpToDate()) continue
    guard(() => checkStatus(tab))
    if (!tab.isTakenOver()) guard(tab.views.checkIdle)
  }
}

const createActors = (sim: Sim): Actors => {
  const { swarm } = sim
  const servers = createServers(sim)
  const machines = Array.from({ length: swarm.devices }, (_, index) => createMachine(sim, `d${index}`))
  const userOf = (index: number): string => (swarm.sharedUser && index === 1 ? 'u0' : `u${index}`)
  const devices = machines.map((machine, index) =>
    createDevice(sim, { name: machine.name, user: userOf(index), machine }),
  )
  const [shared] = machines
  if (swarm.twoUsers && shared !== undefined) {
    const user = sim.random.fork('second user').chance(0.5) && swarm.devices > 2 ? 'u2' : 'guest'
    devices.push(createDevice(sim, { name: `${shared.name}b`, user, machine: shared }))
  }
  const fleet = createFleet(sim, devices, servers)
  const writes = createWrites(sim)
  const writers = sim.random.fork('amid')
  for (const device of devices) {
    device.onAmid(() => {
      const tabs = fleet.tabsOf(device)
      if (tabs.length > 0) for (let count = 0; count < 5; count += 1) writes.one(writers.pick(tabs))
    })
  }
  return { sim, fleet, servers, writes, random: sim.random.fork('actions') }
}

/** The times of the actions and what they are. Of an action that does not happen, its draws do. */
const scheduleActions = (actors: Actors, happens: (index: number) => boolean): void => {
  const { sim, random } = actors
  const { swarm, time } = sim
  for (let index = 0; index < swarm.actions; index += 1) {
    const name = random.weighted(swarm.weights)
    time.after(random.next() * swarm.chaos, 'action', () => {
      if (sim.isChaos() && happens(index)) act(actors, name)
    })
  }
}

/** Of the users of one machine one is there at a time, while faults go on. */
const chooseUsers = ({ fleet }: Actors): void => {
  const [first, ...others] = fleet.devices
  if (first === undefined) return
  for (const device of others.filter(({ machine }) => machine === first.machine)) {
    fleet.hold(device, true)
    for (const tab of fleet.tabsOf(device)) fleet.kill(tab)
  }
}

/** The last device stays away for a while, and then has everything to fetch. */
const delayOne = ({ sim, fleet }: Actors): void => {
  const device = fleet.devices[sim.swarm.devices - 1]
  if (!sim.swarm.latecomer || device === undefined) return
  sim.counters.add('latecomer')
  fleet.hold(device, true)
  for (const tab of fleet.tabsOf(device)) fleet.kill(tab)
  sim.time.after(sim.swarm.chaos / 5, `${device.name} comes`, () => {
    fleet.hold(device, false)
    fleet.openAll()
  })
}

/** Runs one seed: chaos, then quiet, with all checks. */
export const runWorld = async (
  seed: number,
  plants: Plants = nothingPlanted,
  changes: SwarmChanges = {},
  { openPlace = memoryStorage, openServer, only, observer }: RunOptions = {},
): Promise<Outcome> => {
  const random = createSeededRandom(`seed ${seed}`)
  const drawn = changeSwarm(drawSwarm(random.fork('swarm')), changes)
  const swarm = keptApart(drawn, { hasCopies: openServer === undefined })
  const counters = createCounters()
  for (const met of metThemes(swarm)) counters.add(met)
  const { guard, violation } = createGuard(
    // Who runs the old version of the app, and another tab does not.
    (error) => swarm.upgrades && hasCode(error, 'UPGRADE_REQUIRED'),
  )
  let events = 0
  let chaos = true
  let actions = 0
  const time = createVirtualTime({
    random: random.fork('time'),
    settle,
    onEvent: (label) => {
      events += 1
      trace.note(label)
    },
  })
  const trace = createTrace({ now: time.now, observer })
  observer?.onStart(time.now)
  const doubtful = new Set<string>()
  const held = new Set<string>()
  const inherited = new Set<string>()
  const restored = new Map<string, boolean>()
  const surroundings: Surroundings = {
    journalOf: (scope) => sim.histories.journalOf(scope),
    mayEnter: (user, scope) => sim.rights.mayEnter(user, scope),
    isDoubtful: (clientId) => doubtful.has(clientId),
    isRestored: (operationId) => restored.has(operationId),
    // Its own device has sent it since, and the server forgotten it before it was made again elsewhere (docs/gaps.md).
    mayComeAnew: (operationId) => restored.get(operationId) === true,
    areLost: () => sim.histories.areLost(),
    wasHeld: (operation) => held.has(operation.id),
  }
  const scopes = allScopes.slice(0, swarm.scopes)
  const happened: JournalEvents = {
    onRevived: () => counters.add('record revived'),
    onConflict: (collection) => counters.add(`verdict conflict in ${collection}` as CounterName),
    onEmpty: () => counters.add('number of a discarded operation spent'),
    onMoved: () => counters.add('record moved'),
    onEnded: () => counters.add('record expired on the server'),
    onForeseen: (risk) => counters.add(`foreseen ${risk}`),
    onAnew: () => counters.add('record made anew after it was forgotten'),
    onForgotten: () => counters.add('operation on a forgotten record'),
    onSettled: (by) => by.forEach(({ kind, name }) => counters.add(`${kind} ${name}` as CounterName)),
  }
  const histories = createHistories(scopes, () => createJournal(happened, surroundings))
  if (scopes.length > 1) counters.add('several scopes')
  const parts = {
    seed,
    swarm,
    random,
    time,
    epoch: epochOf(swarm),
    trace,
    counters,
    scopes,
    journalOf: histories.journalOf,
    histories,
    plants,
    openPlace,
    openServerStore: openServer?.(),
    doubtful,
    takenBack: new Set<string>(),
    restored,
    held,
    inherited,
    lives: createLives(time, counters),
    shelf: createShelf(time),
    guard,
    violation,
    isChaos: () => chaos,
  }
  const sim: Sim = { ...parts, rights: createRights(parts) }

  await catchCrashes(guard, async () => {
    const actors = createActors(sim)
    delayOne(actors)
    const runUntil = async (isSo: () => boolean, deadline: number): Promise<boolean> => {
      // What the caller has just begun comes first.
      await settle()
      for (;;) {
        if (violation() !== undefined) return false
        checkNow(sim, actors.fleet)
        if (isSo()) return true
        if (!(await time.step(deadline))) return isSo()
      }
    }
    const round = async (): Promise<void> => {
      chaos = true
      chooseUsers(actors)
      const first = actions
      actions += swarm.actions
      scheduleActions(actors, (index) => only?.has(first + index) !== false)
      const enough = Math.max(events + fewestEvents, swarm.events)
      await runUntil(() => events >= enough, time.now() + swarm.chaos)
      chaos = false
      if (violation() === undefined) await runQuiet({ ...actors, runUntil })
      if (violation() === undefined && events < leastEvents) await round()
    }
    await round()
    for (const { mirror } of actors.fleet.devices) {
      for (const { dead } of mirror.scopes.values()) counters.add('dead letter', dead.size)
    }
    counters.add('write lost its caller', actors.writes.lost())
  })
  return {
    seed,
    swarm,
    events,
    actions,
    hash: trace.hash(),
    counters: counters.all(),
    violation: violation(),
    trace: trace.lines(),
  }
}
