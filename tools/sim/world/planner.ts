import type { SeededRandom } from '@holdfast/core/testing'
import { joinedMirrors } from '../checks/mirror.ts'
import { shownIn } from '../checks/shown.ts'
import type { Device } from './device.ts'
import { planIn } from './plan.ts'
import { saying } from './saying.ts'
import type { Planned } from './planned.ts'
import { isMovable, poison, type CollectionName } from './schema.ts'
import { idIn } from './scopes.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'
import type { WriteLedger } from './write-ledger.ts'

/** Draws writes as hasty apps make them. */
export interface Planner {
  /** Now and then one that the device has not joined. */
  readonly scopeFor: (device: Device) => string
  readonly plan: (tab: Tab, what: Sketched) => Planned
}

export interface Sketched {
  readonly random: SeededRandom
  readonly scope: string
  readonly collection: CollectionName
  /** Of the record; undefined: it is drawn. */
  readonly id?: string
}

export const createPlanner = (sim: Sim, { nextText }: WriteLedger): Planner => {
  const { swarm } = sim
  const draws = sim.random.fork('writes').fork('scopes')
  return {
    scopeFor({ mirror, named }) {
      const joined = mirror.joined.length === 0 ? named : mirror.joined
      return sim.scopes.length > 1 && draws.chance(0.05) ? draws.pick(sim.scopes) : draws.pick(joined)
    },
    plan({ device, version }, { random, scope, collection, id: given }) {
      const text = nextText()
      const owner = collection === 'solos' ? `-${device.name}` : ''
      const name = `${collection}${owner}-${random.between(1, swarm.sharedRecords)}`
      const moves = isMovable(collection)
      const id = given ?? (moves ? name : idIn(scope, name))
      const { mirror } = device
      const places = moves ? joinedMirrors(mirror) : [mirror.scopes.get(scope)]
      const exists = places.some(
        (there) => there !== undefined && shownIn(there, `${collection}/${id}`) !== undefined,
      )
      // Now and then a write that can't fit, as a hasty app would make it.
      const creates = exists === random.chance(0.03)
      const said = random.chance(swarm.poison) ? poison : text
      const run = planIn(collection, { id, scope, text, said, random, creates, version })
      return {
        id,
        text,
        collection,
        run: swarm.varied > 0 && swarm.compaction === 0 ? saying(sim, device, collection, run) : run,
      }
    },
  }
}
