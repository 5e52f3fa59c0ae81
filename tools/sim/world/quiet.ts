import { checkPast, checkShelf } from '../checks/archive.ts'
import { checkDeviceAtRest, checkKept, checkPlace, checkStatus } from '../checks/at-rest.ts'
import { checkRestoredOnce } from '../checks/backups.ts'
import { checkCopies } from '../checks/copies.ts'
import { checkExpiredAtRest } from '../checks/lifetimes.ts'
import { isRecovering, joinedMirrors, type DeviceMirror } from '../checks/mirror.ts'
import { checkSums } from '../checks/sums.ts'
import { broken } from '../checks/violation.ts'
import { resolveOne } from './answering.ts'
import type { Actors } from './actors.ts'
import { useBackupsAtRest } from './restoring.ts'
import { consent } from './consent.ts'
import { leave } from './scope-actions.ts'
import { upgradeAll } from './upgrades.ts'
import type { Device } from './device.ts'

export interface Quiet extends Actors {
  /** Runs the world until this is so, at most until then. False: it never was. */
  readonly runUntil: (isSo: () => boolean, deadline: number) => Promise<boolean>
}

/** Within this, everything must have settled: the longest wait of a client, and a few polls and round trips. */
const patience = ({ swarm }: Actors['sim']): number =>
  30_000 + 2 * swarm.client.pollEvery + 2 * swarm.client.retryCap

/** A request that arrives last is answered within this. */
const oneAnswer = 100

const isSettled = (quiet: Quiet, devices: readonly Device[]): boolean =>
  devices.every((device) => isInStep(quiet, device))

/** Everything is sent, shown and told. */
const isInStep = ({ fleet, sim }: Quiet, device: Device): boolean =>
  device.mirror.leaving.length === 0 &&
  joinedMirrors(device.mirror).every((mirror) => !isRecovering(device.mirror, mirror)) &&
  joinedMirrors(device.mirror).every(
    ({ scope, queue, held, waiting, cursor, log }) =>
      queue.size === 0 &&
      held.size === 0 &&
      waiting.size === 0 &&
      log?.abandoned === undefined &&
      cursor?.head === sim.journalOf(scope).head() &&
      sim.histories.isKnown(scope, cursor),
  ) &&
  fleet.tabsOf(device).every((tab) => tab.isUpToDate() && tab.state().status === restOf(device))

/** A client without a scope has nothing to sync. */
const restOf = ({ mirror }: Device): string => (mirror.joined.length === 0 ? 'stopped' : 'synced')

const settle = async (quiet: Quiet, devices: readonly Device[], what: string): Promise<void> => {
  const { sim, fleet, runUntil } = quiet
  const start = sim.time.now()
  const deadline = start + patience(sim)
  sim.trace.note(`quiet: ${what}`)
  if (await runUntil(() => isSettled(quiet, devices), deadline)) return
  if (sim.violation() !== undefined) return
  sim.guard(() => {
    const lines = devices.map((device) => {
      const scopes = joinedMirrors(device.mirror).map(
        ({ scope, queue, waiting, cursor, log }) =>
          `${scope}: queue ${queue.size} waiting ${waiting.size} head ${cursor?.head} of ${sim.journalOf(scope).head()} ${JSON.stringify(log)}`,
      )
      const states = fleet.tabsOf(device).map((tab) => JSON.stringify(tab.state()))
      const leaving = device.mirror.leaving.map((scope) => `leaving ${scope}`)
      return [device.name, ...scopes, ...leaving, ...states].join(' ')
    })
    broken('live', `not settled after ${deadline - start} ms (${what})\n${lines.join('\n')}`)
  })
}

/** One after the other: what opens first is not a matter of how fast a store opens. */
const openTabs = async ({ sim, fleet, runUntil }: Quiet): Promise<void> => {
  while (fleet.openNext()) await runUntil(() => true, sim.time.now())
}

const healAll = async (quiet: Quiet): Promise<void> => {
  const { sim, fleet, servers } = quiet
  upgradeAll(quiet)
  servers.reviveAll()
  for (const device of fleet.devices) {
    device.arm(undefined)
    device.machine.network.heal()
  }
  await openTabs(quiet)
  for (const tab of fleet.tabs()) {
    tab.requests.onAsked()
    tab.connectivity.set(true)
    if (sim.swarm.consent === 'attention') void consent(sim, tab)
    const status = tab.state().status
    if (status === 'stopped' || status === 'blocked') tab.client()?.start()
  }
  for (const device of fleet.devices) {
    const tab = fleet.tabsOf(device).find((each) => each.client() !== undefined)
    if (tab === undefined) continue
    for (const scope of device.mirror.leaving) void leave(quiet, tab, { scope, discard: false })
  }
  if (sim.swarm.lifetimes) void servers.expireRecords()
  sim.trace.note('all faults stop')
}

/** Faults stop; then everything has to come to rest, and to agree. */
export const runQuiet = async (quiet: Quiet): Promise<void> => {
  await comeToRest(quiet)
  await checkPlaces(quiet)
}

/** Both users of a machine are there, and who was away is back: each has to come to rest. */
const releaseUsers = ({ fleet, sim }: Quiet): void => {
  const [first] = fleet.devices
  for (const device of fleet.devices)
    if (device.machine === first?.machine || sim.swarm.lifetimes) fleet.hold(device, false)
}

const comeToRest = async (quiet: Quiet): Promise<void> => {
  const { sim, fleet, random } = quiet
  releaseUsers(quiet)
  const others = fleet.devices.slice(1)
  const absent = fleet.devices[0]
  const leavesOne = absent !== undefined && random.chance(0.3)
  if (leavesOne) {
    sim.counters.add('left out of the first quiet')
    fleet.hold(absent, true)
    for (const tab of fleet.tabsOf(absent)) fleet.kill(tab)
  }
  await healAll(quiet)
  if (leavesOne) {
    await settle(quiet, others, 'without one device')
    fleet.hold(absent, false)
    await openTabs(quiet)
  }
  await settle(quiet, fleet.devices, 'everybody')
  checkRest(quiet)

  const arrivals = fleet.devices.map(({ machine }) => machine.network.lastArrival())
  await quiet.runUntil(() => false, Math.max(sim.time.now(), ...arrivals) + oneAnswer)
  await settle(quiet, fleet.devices, 'after the last late message')
  checkRest(quiet)
  sim.guard(() => fleet.tabs().forEach(({ views }) => views.checkNewest()))
  await restoreSome(quiet)
  if (!sim.swarm.resolveAtEnd) return

  for (let round = 0; round < 30 && sim.violation() === undefined; round += 1) {
    const open = fleet.devices.filter(({ mirror }) => conflictsOf(mirror) > 0)
    if (open.length === 0) break
    for (const device of open) {
      const client = fleet.tabsOf(device)[0]?.client()
      if (client !== undefined) void resolveOne(quiet, client)
    }
    await quiet.runUntil(() => false, sim.time.now() + 100)
    await settle(quiet, fleet.devices, 'after answers')
  }
  checkRest(quiet)
  sim.guard(() => {
    for (const { mirror, name } of fleet.devices) {
      if (conflictsOf(mirror) > 0) broken('live', `${name} still has open conflicts after 30 rounds`)
    }
  })
}

/** What a reset gave up comes back, where somebody wants it. */
const restoreSome = async (quiet: Quiet): Promise<void> => {
  const { sim, fleet, random } = quiet
  if (sim.swarm.retention === 0 || random.chance(0.4) || sim.violation() !== undefined) return
  let isDone = false
  void useBackupsAtRest(quiet).finally(() => {
    isDone = true
  })
  await quiet.runUntil(() => isDone, sim.time.now() + patience(sim))
  await settle(quiet, fleet.devices, 'after restoring')
  checkRest(quiet)
}

const conflictsOf = (mirror: DeviceMirror): number =>
  joinedMirrors(mirror).reduce((sum, { conflicts }) => sum + conflicts.size, 0)

const checkRest = (quiet: Quiet): void => {
  const { sim, fleet, writes } = quiet
  if (sim.violation() !== undefined) return
  sim.guard(() => {
    for (const device of fleet.devices) {
      checkKept(device, writes, sim.shelf.isRemoved)
      checkDeviceAtRest(device, sim)
      if (sim.swarm.archive.keep >= 0) checkShelves(quiet, device)
      if (!sim.swarm.lifetimes) continue
      for (const mirror of joinedMirrors(device.mirror))
        checkExpiredAtRest(mirror, sim.journalOf(mirror.scope).decision, device.mirror.isDoubtful)
    }
    if (!sim.histories.areLost()) checkCopies(fleet.devices, sim)
    for (const scope of sim.scopes) checkSums(sim.journalOf(scope))
    for (const scope of sim.scopes) checkRestoredOnce(sim.journalOf(scope), sim.restored)
    for (const tab of fleet.tabs()) {
      checkStatus(tab)
      sim.shelf.checkTold(tab.process.name)
      if (sim.swarm.lifetimes) sim.lives.checkTold(tab.process.name)
      if (!tab.isTakenOver()) tab.views.checkIdle()
    }
  })
}

const checkShelves = ({ sim }: Quiet, { mirror }: Device): void => {
  for (const there of joinedMirrors(mirror)) {
    checkPast(mirror, there)
    checkShelf(mirror, there, sim.swarm.archive, sim.shelf, patience(sim))
  }
}

/** Once is enough: whatever is not in a place what it should be stays so. */
const checkPlaces = async ({ sim, fleet }: Quiet): Promise<void> => {
  for (const device of fleet.devices) {
    if (sim.violation() !== undefined) return
    await checkPlace(device).catch((error: unknown) =>
      sim.guard(() => {
        throw error
      }),
    )
  }
}
