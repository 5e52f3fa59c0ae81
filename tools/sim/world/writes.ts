import type { SeededRandom } from '@holdfast/core/testing'
import { shownIn } from '../checks/shown.ts'
import type { Device } from './device.ts'
import { planIn, type Planned } from './plan.ts'
import { idIn, poison, type CollectionName } from './schema.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'
import { createTransactions, type Transactions } from './transactions.ts'
import { createWriteLedger, type WriteLedger } from './write-ledger.ts'

export interface Writes extends Pick<WriteLedger, 'durable' | 'refused' | 'lost'>, Transactions {
  /** One write of one tab, drawn at random. Resolves to nothing; what became of it is remembered. */
  readonly one: (tab: Tab) => void
}

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
}

const ordinary: readonly CollectionName[] = ['tasks', 'tasks', 'tasks', 'logs', 'prices', 'pages', 'solos']

const createPlanner = (sim: Sim, { nextText }: WriteLedger): Planner => {
  const { swarm } = sim
  const draws = sim.random.fork('writes').fork('scopes')
  return {
    scopeFor({ mirror, named }) {
      const joined = mirror.joined.length === 0 ? named : mirror.joined
      return sim.scopes.length > 1 && draws.chance(0.05) ? draws.pick(sim.scopes) : draws.pick(joined)
    },
    plan({ device }, { random, scope, collection }) {
      const text = nextText()
      const owner = collection === 'solos' ? `-${device.name}` : ''
      const id = idIn(scope, `${collection}${owner}-${random.between(1, swarm.sharedRecords)}`)
      const there = device.mirror.scopes.get(scope)
      const exists = there !== undefined && shownIn(there, `${collection}/${id}`) !== undefined
      // Now and then a write that can't fit, as a hasty app would make it.
      const creates = exists === random.chance(0.03)
      const said = random.chance(0.04) ? poison : text
      return { id, text, collection, run: planIn(collection, { id, text, said, random, creates }) }
    },
  }
}

export const createWrites = (sim: Sim): Writes => {
  const random = sim.random.fork('writes')
  const ledger = createWriteLedger(sim)
  const planner = createPlanner(sim, ledger)
  return {
    ...ledger,
    ...createTransactions(sim, planner, ledger),
    one(tab) {
      const client = tab.client()
      if (client === undefined) return
      const collection = random.pick(ordinary)
      const scope = planner.scopeFor(tab.device)
      const { text, run } = planner.plan(tab, { random, scope, collection })
      ledger.settle(tab, {
        scope,
        texts: [text],
        run: async () => [(await run(client.collections)).operationId],
      })
    },
  }
}
