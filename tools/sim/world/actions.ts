import type { StorageStep } from '@holdfast/core/testing'
import type { Actors } from './actors.ts'
import type { ActionName } from './swarm.ts'
import type { Tab } from './tab.ts'
import { resolveOne } from './answering.ts'
import { goAway } from './away.ts'
import { consent } from './consent.ts'
import { clone, rewind } from './copies.ts'
import { useLease } from './lease-actions.ts'
import { lookAhead } from './look-ahead.ts'
import { useBackup } from './restoring.ts'
import { prune, stayAway } from './retention.ts'
import { joinOne, leaveOne } from './scope-actions.ts'
import { upgradeOne } from './upgrades.ts'
import { cancelOne, settleLetter, takeBackUnsent } from './taking-back.ts'

const crashSteps: readonly StorageStep[] = [
  'open',
  'read:before',
  'read:after',
  'commit:before',
  'commit:before',
  'commit:after',
  'commit:after',
]

/** Something that a person, a machine or the world does. */
export const act = (actors: Actors, name: ActionName): void => {
  const { sim, fleet, servers, writes, random } = actors
  const tabs = fleet.tabs()
  if (tabs.length === 0) return
  const tab = random.pick(tabs)
  const client = tab.client()
  sim.trace.note(`${name} ${tab.process.name}`)
  switch (name) {
    case 'write':
      return writes.one(tab)
    case 'burst':
      return times(random.between(2, 8), () => writes.one(tab))
    case 'tabs':
      return times(random.between(2, 6), () => {
        // A write may end them all, at once.
        const open = fleet.tabsOf(tab.device)
        if (open.length > 0) writes.one(random.pick(open))
      })
    case 'resolve':
      if (client !== undefined) void resolveOne(actors, client)
      return
    case 'pause':
      if (client === undefined) return
      sim.counters.add('paused')
      client.pause()
      tab.process.after(random.between(100, 8_000), 'app starts', () => startAgain(tab))
      return
    case 'start':
      return startAgain(tab)
    case 'syncNow':
      if (client !== undefined) void client.syncNow().catch(() => undefined)
      return
    case 'offline':
      return goOffline(actors, tab)
    case 'partition':
      return tab.device.machine.network.cutOff(random.between(500, 15_000))
    case 'killTab':
      return fleet.kill(tab)
    case 'killDevice':
      return fleet.tabsOf(tab.device).forEach((each) => fleet.kill(each))
    case 'crashTab':
    case 'crashDevice':
      return tab.device.arm({ kind: 'crash', step: random.pick(crashSteps), whole: name === 'crashDevice' })
    case 'crashStaging':
      if (random.chance(0.7)) fallBehind(actors, tab)
      return tab.device.arm({
        kind: 'crash',
        step: random.pick(['read:after', 'commit:before', 'commit:after']),
        whole: random.chance(0.5),
        amid: random.pick(['staging', 'folding']),
      })
    case 'writeStaging':
      fallBehind(actors, tab)
      return tab.device.arm({
        kind: 'call',
        step: random.pick(['read:after', 'commit:after']),
        amid: random.pick(['staging', 'folding']),
        run: () => fleet.tabsOf(tab.device).forEach(writes.one),
      })
    case 'crashLeaving':
      tab.device.arm({
        kind: 'crash',
        step: random.pick(['commit:before', 'commit:after', 'read:after']),
        whole: random.chance(0.5),
        amid: 'leaving',
      })
      if (client !== undefined) void leaveOne(actors, tab)
      return
    case 'overtake':
      return overtake(actors, tab)
    case 'crashOpening':
      tab.device.arm({ kind: 'crash', step: 'open', whole: random.chance(0.3) })
      return fleet.kill(tab)
    case 'switchUser':
      return switchUser(actors)
    case 'storageFails':
      return tab.device.arm({
        kind: 'fail',
        step: random.pick(['read:before', 'commit:before', 'commit:before', 'open']),
        code: random.pick(['STORAGE_FULL', 'STORAGE_FAILED']),
      })
    case 'closeTab':
      return fleet.close(tab)
    case 'crashServer':
      return servers.crashAt(random.pick(['locked', 'before-commit', 'after-commit']))
    case 'join':
      if (client !== undefined) void joinOne(actors, client)
      return
    case 'leave':
      if (client !== undefined) void leaveOne(actors, tab)
      return
    case 'together':
      writes.together(tab)
      if (random.chance(0.3)) fleet.tabsOf(tab.device).forEach(writes.together)
      return
    case 'expireToken':
      return tab.device.machine.network.expireToken(random.between(300, 5_000))
    case 'revoke':
      return sim.rights.revoke(tab.device.user, random.pick(sim.scopes), random.between(500, 6_000))
    case 'preflight':
      return lookAhead(actors, tab)
    case 'clone':
      if (sim.swarm.copies) void clone(actors, tab.device)
      return
    case 'rewind':
      if (sim.swarm.copies) void rewind(actors, tab.device)
      return
    case 'restore':
      if (sim.swarm.restores) servers.backUpOrRestore()
      return
    case 'move':
      return writes.move(tab)
    case 'family':
      return writes.family(tab)
    case 'pay':
      return writes.pay(tab)
    case 'lease':
      return useLease(actors, tab)
    case 'expireRecords':
      if (sim.swarm.lifetimes) void servers.expireRecords()
      return
    case 'upgrade':
      return upgradeOne(actors, tab)
    case 'consent':
      void consent(sim, tab)
      return
    case 'away':
      return sim.swarm.lifetimes ? goAway(actors, tab) : undefined
    case 'prune':
      return prune(actors)
    case 'absence':
      return stayAway(actors, tab)
    case 'backup':
      void useBackup(actors, tab)
      return
    case 'cancel':
      void cancelOne(actors, tab)
      return
    case 'takeBack':
      return takeBackUnsent(actors, tab)
    case 'letter':
      void settleLetter(actors, tab)
      return
    case 'clockJump':
      return tab.device.machine.jumpClock(random.between(-sim.swarm.clockSkew, sim.swarm.clockSkew) * 2)
  }
}

const times = (count: number, run: () => void): void => {
  for (let index = 0; index < count; index += 1) run()
}

/** The device is cut off while others write, and asks for it all afterwards. */
const fallBehind = ({ fleet, writes, random }: Actors, { device }: Tab): void => {
  const away = random.between(200, 900)
  device.machine.network.cutOff(away)
  const others = fleet.tabs().filter((tab) => tab.device !== device)
  if (others.length > 0) times(random.between(4, 9), () => writes.one(random.pick(others)))
  for (const tab of fleet.tabsOf(device)) {
    tab.process.after(away + 1, 'app wants news', () => {
      tab.requests.onAsked()
      void tab
        .client()
        ?.syncNow()
        .catch(() => undefined)
    })
  }
}

/** A push is long on the way; meanwhile another tab starts, and pushes. */
const overtake = ({ fleet, writes, random }: Actors, tab: Tab): void => {
  const other = fleet.tabsOf(tab.device).find((each) => each !== tab)
  if (other === undefined) return
  fleet.kill(other)
  tab.device.machine.network.delayNext(random.between(2_000, 5_000))
  writes.one(tab)
}

/** Another user logs in on the first machine, now and then while much is unsent. */
const switchUser = ({ sim, fleet, writes, random }: Actors): void => {
  const [first] = fleet.devices
  if (first === undefined || !sim.swarm.twoUsers) return
  if (random.chance(0.6)) {
    first.machine.network.cutOff(random.between(500, 4_000))
    const tabs = fleet.tabs().filter(({ device }) => device.machine === first.machine)
    if (tabs.length > 0) times(random.between(1, 4), () => writes.one(random.pick(tabs)))
  }
  sim.time.after(random.between(5, 400), 'another user', () => {
    if (sim.isChaos()) fleet.switchUser(first.machine)
  })
}

const startAgain = (tab: Tab): void => {
  tab.requests.onAsked()
  tab.client()?.start()
}

const goOffline = ({ sim, fleet, random }: Actors, { device }: Tab): void => {
  sim.counters.add('offline')
  for (const tab of fleet.tabsOf(device)) {
    tab.connectivity.set(false)
    tab.process.after(random.between(200, 10_000), 'online again', () => {
      tab.requests.onAsked()
      tab.connectivity.set(true)
    })
  }
}
