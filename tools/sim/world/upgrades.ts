import type { Actors } from './actors.ts'
import type { Tab } from './tab.ts'

/** A server, or a device with what it has in its queue, gets the new version of the app; now and then it dies on the way. */
export const upgradeOne = ({ sim, fleet, servers, writes, random }: Actors, { device }: Tab): void => {
  if (!sim.swarm.upgrades) return
  if (random.chance(0.4)) return servers.upgrade()
  if (device.version() === 'new') return
  for (let count = random.between(0, 3); count > 0; count -= 1) {
    const open = fleet.tabsOf(device)
    if (open.length > 0) writes.one(random.pick(open))
  }
  if (random.chance(0.6))
    device.arm({
      kind: 'crash',
      step: random.pick(['commit:before', 'commit:after']),
      whole: random.chance(0.5),
      amid: 'migrating',
      skip: random.between(0, 2),
    })
  // What was just written is stored first, or is not.
  sim.time.after(random.between(0, 40), `${device.name} gets the new app`, () => {
    if (!sim.isChaos()) return
    sim.counters.add('device upgraded')
    device.upgrade()
    const tabs = fleet.tabsOf(device)
    // Others go on with what they have, for a while.
    for (const tab of random.chance(0.5) ? tabs : tabs.slice(0, 1)) fleet.kill(tab)
  })
}

/** Nobody runs the old version any more. */
export const upgradeAll = ({ sim, fleet, servers }: Actors): void => {
  if (!sim.swarm.upgrades) return
  servers.upgrade('all')
  for (const device of fleet.devices) device.upgrade()
  for (const tab of fleet.tabs()) if (tab.version === 'old') fleet.kill(tab)
}
