import type { StorageAdapter } from '@holdfast/core/storage'
import { must } from '../checks/violation.ts'
import { createDeviceNetwork, type DeviceNetwork } from './network.ts'
import type { Sim } from './sim.ts'

/** What the devices of one machine share: a place for databases, a clock and a network. */
export interface Machine {
  readonly name: string
  readonly place: StorageAdapter
  readonly network: DeviceNetwork
  readonly clockOffset: () => number
  readonly jumpClock: (to: number) => void
  /** A user opens a database: nobody else has ever opened it. @throws Violation */
  readonly claim: (database: string, user: string) => void
}

export const createMachine = (sim: Sim, name: string): Machine => {
  const { counters, swarm } = sim
  const random = sim.random.fork(`device ${name}`)
  const owners = new Map<string, string>()
  let offset = swarm.clockSkew === 0 ? 0 : random.between(-swarm.clockSkew, swarm.clockSkew)
  return {
    name,
    place: sim.openPlace(),
    network: createDeviceNetwork(sim, name),
    clockOffset: () => offset,
    jumpClock(to) {
      counters.add('clock jump')
      offset = to
    },
    claim(database, user) {
      const owner = owners.get(database) ?? user
      owners.set(database, owner)
      must(owner === user, 'isolated', () => `${user} opened ${database}, which is ${owner}'s`)
    },
  }
}
