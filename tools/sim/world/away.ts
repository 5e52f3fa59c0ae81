import type { Actors } from './actors.ts'
import type { Tab } from './tab.ts'

/** A device is without a network for longer than some of what is written then is worth; now and then it is closed meanwhile. */
export const goAway = ({ sim, fleet, writes, random }: Actors, { device }: Tab): void => {
  const { time, counters } = sim
  const away = random.chance(0.5) ? random.between(1_000, 9_000) : random.between(60_000, 220_000)
  counters.add('away for long')
  device.machine.network.cutOff(away)
  for (const tab of fleet.tabsOf(device)) tab.connectivity.set(false)
  for (let count = random.between(2, 6); count > 0; count -= 1) {
    time.after(random.next() * Math.min(away, 5_000), 'somebody writes offline', () => {
      const open = fleet.tabsOf(device)
      if (!sim.isChaos() || open.length === 0) return
      if (random.chance(0.4)) writes.together(random.pick(open))
      else writes.one(random.pick(open))
    })
  }
  if (random.chance(0.6)) {
    const closed = random.next() * (random.chance(0.6) ? Math.min(away, 8_000) : away)
    time.after(closed, `${device.name} is closed`, () => {
      if (!sim.isChaos()) return
      // Else it starts again without a network.
      fleet.hold(device, random.chance(0.5))
      for (const tab of fleet.tabsOf(device)) fleet.kill(tab)
    })
  }
  time.after(away, `${device.name} is back`, () => {
    if (!sim.isChaos()) return
    fleet.hold(device, false)
    fleet.openAll()
    for (const tab of fleet.tabsOf(device)) {
      tab.requests.onAsked()
      tab.connectivity.set(true)
    }
  })
}
