import { shownIn } from '../checks/shown.ts'
import { createMoves, type Moves } from './moves.ts'
import { createPayments, type Payments } from './payments.ts'
import { createPlanner } from './planner.ts'
import { idIn } from './scopes.ts'
import { isMovable, type CollectionName } from './schema.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'
import { createTransactions, type Transactions } from './transactions.ts'
import { createWriteLedger, type WriteLedger } from './write-ledger.ts'

export interface Writes
  extends Pick<WriteLedger, 'durable' | 'refused' | 'lost' | 'forget'>, Transactions, Moves, Payments {
  /** One write of one tab, drawn at random. Resolves to nothing; what became of it is remembered. */
  readonly one: (tab: Tab) => void
  /** Somebody deletes a record that is shown, of these if there is one. */
  readonly remove: (tab: Tab, scope: string, preferred?: ReadonlySet<string>) => void
  /** A signal that nobody else has, and an edit of it. */
  readonly fresh: (tab: Tab) => void
  /** A write of a form, by whoever may have its lease; where there is none it is made in the scope. */
  readonly form: (tab: Tab, form: { readonly id: string; readonly scope: string }) => void
}

/** Those of the bank are written by `pay`. */
const varied: readonly CollectionName[] = [
  'badges',
  'tickets',
  'orders',
  'drafts',
  'plans',
  'plans',
  'stocks',
  'stocks',
  'sheets',
  'sheets',
  'texts',
  'texts',
]

const mortal: readonly CollectionName[] = [
  'signals',
  'signals',
  'signals',
  'views',
  'views',
  'views',
  'flashes',
]

/** Those of which everybody may delete everything. */
const removable: ReadonlySet<string> = new Set(['tasks', 'logs', 'prices', 'pages', 'cards', ...varied])

const ordinary: readonly CollectionName[] = ['tasks', 'tasks', 'tasks', 'logs', 'prices', 'pages', 'solos']

export const createWrites = (sim: Sim): Writes => {
  const random = sim.random.fork('writes')
  const cards = random.fork('cards')
  const varieties = random.fork('varieties')
  const ledger = createWriteLedger(sim)
  const planner = createPlanner(sim, ledger)
  const variedOne = (favourite: CollectionName | undefined): CollectionName =>
    favourite !== undefined && varied.includes(favourite) && varieties.chance(0.6)
      ? favourite
      : varieties.pick(varied)
  const forms = random.fork('forms')
  const removals = random.fork('removals')
  const mortals = random.fork('mortals')
  return {
    ...ledger,
    ...createTransactions(sim, planner, ledger),
    ...createMoves(sim, ledger),
    ...createPayments(sim, planner, ledger),
    fresh(tab) {
      const scope = planner.scopeFor(tab.device)
      const id = idIn(scope, `signals-f${ledger.nextText().slice(1)}`)
      const write = (): void => {
        const client = tab.client()
        if (client === undefined) return
        const { text, run } = planner.plan(tab, { random: mortals, scope, collection: 'signals', id })
        ledger.settle(tab, {
          scope,
          texts: [text],
          run: async () => [(await run(client.collections)).operationId],
        })
      }
      write()
      tab.process.after(300, 'somebody edits', write)
    },
    form(tab, { id, scope }) {
      const client = tab.client()
      if (client === undefined) return
      const { text, run } = planner.plan(tab, { random: forms, scope, collection: 'forms', id })
      ledger.settle(tab, {
        scope: undefined,
        texts: [text],
        run: async () => [(await run(client.collections)).operationId],
      })
    },
    remove(tab, scope, preferred = new Set()) {
      const client = tab.client()
      const there = tab.device.mirror.scopes.get(scope)
      const keys = [...(there?.records.keys() ?? [])].filter(
        (key) => removable.has(key.slice(0, key.indexOf('/'))) && there && shownIn(there, key) !== undefined,
      )
      if (client === undefined || keys.length === 0) return
      const wanted = keys.filter((key) => preferred.has(key))
      const [collection = '', id = ''] = removals.pick(wanted.length > 0 ? wanted : keys).split('/')
      const run = async (): Promise<readonly string[]> => {
        const { operationId } = await client.collections[collection as 'tasks'].delete(id)
        return [operationId]
      }
      ledger.settle(tab, { scope: isMovable(collection) ? undefined : scope, texts: [], run })
    },
    one(tab) {
      const client = tab.client()
      if (client === undefined) return
      const { favourite } = sim.swarm
      const drawn = random.pick(ordinary)
      const others = cards.chance(0.12) ? 'cards' : drawn
      const plain = favourite !== undefined && random.chance(0.5) ? favourite : others
      const isVaried = sim.swarm.varied > 0 && varieties.chance(sim.swarm.varied)
      const isParcel = sim.swarm.upgrades && mortals.chance(0.6)
      const isMortal = sim.swarm.lifetimes && mortals.chance(0.75)
      const immortal = isVaried ? variedOne(favourite) : plain
      const ofOne = isMortal ? mortals.pick(mortal) : immortal
      const collection = isParcel ? 'parcels' : ofOne
      const scope = planner.scopeFor(tab.device)
      const { text, run } = planner.plan(tab, { random, scope, collection })
      ledger.settle(tab, {
        scope: isMovable(collection) ? undefined : scope,
        texts: [text],
        run: async () => [(await run(client.collections)).operationId],
      })
    },
  }
}
