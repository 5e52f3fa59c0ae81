import type { Actors } from './actors.ts'
import { createDevice, type Device } from './device.ts'
import { createMachine } from './machine.ts'
import type { Sim } from './sim.ts'

/** A store is copied to another machine, and both go on as the same client. */
export const clone = async ({ sim, fleet }: Actors, device: Device): Promise<void> => {
  const commits = [...device.commits()]
  const name = `${device.name}c`
  if (commits.length === 0 || fleet.devices.some((other) => other.name === name)) return
  const machine = createMachine(sim, name)
  const copy = createDevice(sim, { name, user: device.user, machine })
  doubt(sim, device)
  await copy.putBack(commits)
  doubt(sim, copy)
  sim.counters.add('client cloned')
  sim.trace.note(`${name} is a copy of ${device.name} with ${commits.length} commits`)
  fleet.add(copy)
}

/** A store is put back to what it was some commits ago. */
export const rewind = async ({ sim, fleet, writes, random }: Actors, device: Device): Promise<void> => {
  const commits = device.commits()
  if (commits.length < 4) return
  const kept = random.between(1, commits.length - 1)
  fleet.hold(device, true)
  for (const tab of fleet.tabsOf(device)) fleet.kill(tab)
  doubt(sim, device)
  await device.putBack(commits.slice(0, kept))
  writes.forget(device)
  sim.counters.add('client rewound')
  sim.trace.note(`${device.name} is put back to ${kept} commits`)
  fleet.hold(device, false)
}

/** More than one store says that it has this client's operations. */
export const doubt = ({ doubtful, inherited }: Sim, { mirror }: Device): void => {
  mirror.isDoubtful = true
  for (const { ids } of mirror.scopes.values()) for (const id of ids.keys()) inherited.add(id)
  if (mirror.clientId !== undefined) doubtful.add(mirror.clientId)
}
