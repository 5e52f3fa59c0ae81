import type { Actors } from './actors.ts'
import type { Tab } from './tab.ts'

/** A device is without a network for longer than some of what is written then is worth; now and then it is closed meanwhile. */
export const goAway = ({ sim, fleet, writes, random }: Actors, { device }: Tab): void => {
  const { time, counters } = sim
  // Without knowing it, it goes on trying: what it sends is lost.
  const isUnaware = random.chance(0.5)
  const isLong = !isUnaware && random.chance(0.8)
  const away = isLong ? random.between(66_000, 130_000) : random.between(2_000, 14_000)
  counters.add('away for long')
  device.machine.network.cutOff(away)
  if (!isUnaware) for (const tab of fleet.tabsOf(device)) tab.connectivity.set(false)
  for (let count = random.between(2, 6); count > 0; count -= 1) {
    time.after(random.next() * 2_000, 'somebody writes offline', () => {
      const open = fleet.tabsOf(device)
      if (!sim.isChaos() || open.length === 0) return
      const kind = random.weighted({ one: 5, together: 3, fresh: 3 })
      writes[kind](random.pick(open))
    })
  }
  if (random.chance(isLong ? 0.8 : 0.4)) {
    // Before it could see the end of what was written.
    const closed = isLong ? random.between(200, 2_500) : random.next() * away
    time.after(closed, `${device.name} is closed`, () => {
      if (!sim.isChaos()) return
      // Else it starts again without a network.
      fleet.hold(device, random.chance(0.7))
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
