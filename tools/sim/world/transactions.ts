import type { WriteReceipt } from '@holdfast/core'
import { must } from '../checks/violation.ts'
import type { Collections, Planned } from './planned.ts'
import type { Planner } from './planner.ts'
import { poison, type Client, type CollectionName } from './schema.ts'
import { idIn } from './scopes.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'
import type { WriteLedger } from './write-ledger.ts'

export interface Transactions {
  /** Several writes of one tab, as one. */
  readonly together: (tab: Tab) => void
  /** A task, what is said about it, and an edit of it, one after the other. */
  readonly family: (tab: Tab) => void
}

const mixed: readonly CollectionName[] = ['tasks', 'tasks', 'prices', 'pages', 'logs', 'notes']

const varied: readonly CollectionName[] = [
  'stocks',
  'stocks',
  'sheets',
  'plans',
  'badges',
  'tickets',
  'orders',
  'drafts',
  'tasks',
  'tasks',
  'prices',
  'texts',
]

/** Now and then with what keeps them alive. */
const mortal: readonly (readonly CollectionName[])[] = [
  ['signals'],
  ['signals'],
  ['signals', 'views', 'tasks'],
]

/** What an app writes together, or because of each other. */
export const createTransactions = (sim: Sim, planner: Planner, ledger: WriteLedger): Transactions => {
  const { counters, swarm, guard } = sim
  const random = sim.random.fork('transactions')
  const varieties = random.fork('varieties')
  const guarded = random.fork('guarded')
  const mortals = random.fork('mortals')

  const planMixed = (tab: Tab): readonly Planned[] => {
    const scope = planner.scopeFor(tab.device)
    const others = swarm.varied > 0 && varieties.chance(swarm.varied) ? varied : mixed
    const versioned = swarm.upgrades ? ([...others, 'parcels', 'parcels', 'parcels'] as const) : others
    const living = swarm.lifetimes && mortals.chance(0.6) ? mortals.pick(mortal) : versioned
    const own = swarm.leases && guarded.chance(0.2) ? [...living, 'forms' as const] : living
    const collections: readonly CollectionName[] = random.chance(0.15) ? ['solos'] : own
    // Seldom more than a batch carries, or from two scopes.
    const most = random.chance(0.05) ? 6 : Math.max(2, Math.min(4, swarm.client.batch))
    return Array.from({ length: random.between(2, most) }, () => {
      const other = random.chance(0.1) ? planner.scopeFor(tab.device) : scope
      return planner.plan(tab, { random, scope: other, collection: random.pick(collections) })
    })
  }

  /** A task that nobody else has, with notes that refer to it. */
  const planFamily = (tab: Tab): readonly Planned[] => {
    const scope = planner.scopeFor(tab.device)
    const names = [ledger.nextText(), ledger.nextText(), ledger.nextText()] as const
    const [text] = names
    // Not the text itself: where the task is refused the notes name it all the same.
    const name = `f${text.slice(1)}`
    const id = idIn(scope, `tasks-${name}`)
    const title = random.chance(0.3) ? poison : text
    return [
      { collection: 'tasks', id, text, run: ({ tasks }) => tasks.create({ id, title, priority: 1 }) },
      {
        collection: 'notes',
        id: idIn(scope, `notes-${name}`),
        text: names[1],
        run: ({ notes }) => notes.create({ id: idIn(scope, `notes-${name}`), text: names[1], task: id }),
      },
      { collection: 'tasks', id, text: names[2], run: ({ tasks }) => tasks.update(id, { note: names[2] }) },
    ]
  }

  /** Some writes are awaited, some are not; what was made is seen. */
  const runTogether = async (client: Client, planned: readonly Planned[]): Promise<readonly string[]> => {
    let runs = 0
    let receipts: Promise<WriteReceipt>[] = []
    await client.transaction(async ({ collections }) => {
      runs += 1
      receipts = []
      for (const [index, { run }] of planned.entries()) {
        const receipt = run(collections)
        // One that fails fails the transaction, which says so.
        receipt.catch(() => undefined)
        receipts.push(receipt)
        if (index % 2 === 0) await receipt
      }
      await readBack(collections, planned[0])
    })
    counters.add('transaction stored')
    if (runs > 1) counters.add('transaction ran again')
    return (await Promise.all(receipts)).map(({ operationId }) => operationId)
  }

  const readBack = async (collections: Collections, planned: Planned | undefined): Promise<void> => {
    if (planned === undefined) return
    const { collection, id, text } = planned
    const record = await collections[collection].get(id)
    const isOwn = record === undefined || JSON.stringify(record).includes(text)
    if (isOwn) return
    guard(() => must(record !== undefined, 'causal', () => `the transaction does not see ${text}`))
  }

  const scopeOf = ([first]: readonly Planned[]): string => first?.id.slice(0, 'team-1'.length) ?? ''

  const settleTogether = (tab: Tab, planned: readonly Planned[]): void => {
    const client = tab.client()
    if (client === undefined) return
    const texts = planned.map(({ text }) => text)
    ledger.settle(tab, { scope: scopeOf(planned), texts, run: () => runTogether(client, planned) })
  }

  return {
    together: (tab) => settleTogether(tab, random.chance(0.2) ? planFamily(tab) : planMixed(tab)),
    family(tab) {
      const client = tab.client()
      if (client === undefined) return
      for (const one of planFamily(tab)) {
        ledger.settle(tab, {
          scope: scopeOf([one]),
          texts: [one.text],
          run: async () => [(await one.run(client.collections)).operationId],
        })
      }
    },
  }
}
