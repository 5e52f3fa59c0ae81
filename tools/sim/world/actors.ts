import type { SeededRandom } from '@holdfast/core/testing'
import type { Fleet } from './fleet.ts'
import type { Servers } from './servers.ts'
import type { Sim } from './sim.ts'
import type { Writes } from './writes.ts'

/** All who do something in a world. */
export interface Actors {
  readonly sim: Sim
  readonly fleet: Fleet
  readonly servers: Servers
  readonly writes: Writes
  readonly random: SeededRandom
}
