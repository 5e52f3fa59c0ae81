import { joinedMirrors } from '../checks/mirror.ts'
import { broken } from '../checks/violation.ts'
import type { Device } from './device.ts'
import type { Machine } from './machine.ts'
import type { Servers } from './servers.ts'
import type { Sim } from './sim.ts'
import { openTab, type Tab } from './tab.ts'

/** All devices with their tabs. A tab that dies or closes is opened again some time later. */
export interface Fleet {
  readonly devices: readonly Device[]
  /** Tabs that run, opened or still opening. */
  readonly tabs: () => readonly Tab[]
  readonly tabsOf: (device: Device) => readonly Tab[]
  /** One device more: its tabs open. */
  readonly add: (device: Device) => void
  readonly kill: (tab: Tab) => void
  readonly close: (tab: Tab) => void
  /** Keeps a device's tabs from opening again, or lets them. */
  readonly hold: (device: Device, held: boolean) => void
  /** Another user of the machine logs in, if it has one: the first one's tabs close or die. */
  readonly switchUser: (machine: Machine) => void
  /** Opens whatever is not open. */
  readonly openAll: () => void
  /** Opens one that is not open. False: none is to be opened. */
  readonly openNext: () => boolean
}

export const createFleet = (sim: Sim, first: readonly Device[], servers: Servers): Fleet => {
  const devices = [...first]
  const { time, trace, counters, swarm } = sim
  const random = sim.random.fork('fleet')
  const slots = new Map<string, Tab | undefined>()
  const held = new Set<Device>()
  let opened = 0
  /** Those that run, until one comes or goes. */
  let tabs: readonly Tab[] | undefined

  const slotsOf = (device: Device): readonly string[] =>
    Array.from({ length: swarm.tabs }, (_, index) => `${device.name}.${index}`)

  const put = (slot: string, tab: Tab | undefined): void => {
    slots.set(slot, tab)
    tabs = undefined
  }

  const open = (device: Device, slot: string): void => {
    if (slots.get(slot) !== undefined || held.has(device)) return
    opened += 1
    const name = `${slot}#${opened}`
    trace.note(`${name} opens`)
    const tab: Tab = openTab(sim, {
      name,
      device,
      servers,
      die: (whole) => (whole ? running(device) : [tab]).forEach(kill),
      onFailed: () => vacate(tab),
    })
    put(slot, tab)
  }

  const vacate = (tab: Tab): void => {
    const slot = [...slots].find(([, other]) => other === tab)?.[0]
    if (slot === undefined) return
    put(slot, undefined)
    time.after(random.between(50, 4_000), `${slot} comes back`, () => open(tab.device, slot))
  }

  const kill = (tab: Tab): void => {
    if (!tab.process.isAlive()) return
    if (tab.client() === undefined) trace.note(`${tab.process.name} dies before it is open`)
    tab.process.kill()
    vacate(tab)
  }

  const close = (tab: Tab): void => {
    if (tab.client() === undefined) return
    counters.add('closed and opened')
    trace.note(`${tab.process.name} closes`)
    tab.close().then(
      () => vacate(tab),
      (error: unknown) => sim.guard(() => broken('no crash of our own', `close failed: ${String(error)}`)),
    )
  }

  const hold = (device: Device, keep: boolean): void => {
    if (keep) held.add(device)
    else held.delete(device)
  }

  const switchUser = (machine: Machine): void => {
    const users = devices.filter((device) => device.machine === machine)
    const absent = users.find((device) => held.has(device))
    if (users.length < 2 || absent === undefined) return
    for (const device of users) {
      hold(device, device !== absent)
      for (const tab of running(device)) (random.chance(0.5) ? close : kill)(tab)
    }
    counters.add('user switched')
    if (undecidedOf(absent) > 0) counters.add('user came back to a queue')
    trace.note(`${absent.user} logs in on ${machine.name}`)
    for (const slot of slotsOf(absent)) open(absent, slot)
  }

  const running = (device: Device): readonly Tab[] => {
    tabs ??= [...slots.values()].filter((tab) => tab !== undefined)
    return tabs.filter((tab) => tab.device === device)
  }

  const openAll = (): void => {
    for (const device of devices) for (const slot of slotsOf(device)) open(device, slot)
  }
  openAll()

  const openNext = (): boolean => {
    for (const device of devices) {
      const slot = held.has(device)
        ? undefined
        : slotsOf(device).find((name) => slots.get(name) === undefined)
      if (slot === undefined) continue
      open(device, slot)
      return true
    }
    return false
  }

  return {
    devices,
    tabs: () => (tabs ??= [...slots.values()].filter((tab) => tab !== undefined)),
    tabsOf: running,
    add(device) {
      devices.push(device)
      for (const slot of slotsOf(device)) open(device, slot)
    },
    kill(tab) {
      trace.note(`${tab.process.name} is killed`)
      kill(tab)
    },
    close,
    hold,
    switchUser,
    openAll,
    openNext,
  }
}

const undecidedOf = ({ mirror }: Device): number =>
  joinedMirrors(mirror).reduce((sum, { queue, held }) => sum + queue.size + held.size, 0)
