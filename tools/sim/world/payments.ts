import { shownIn } from '../checks/shown.ts'
import type { Planner } from './planner.ts'
import { idIn } from './scopes.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'
import type { WriteLedger } from './write-ledger.ts'

export interface Payments {
  /** Somebody pays somebody, or opens an account where there are too few. */
  readonly pay: (tab: Tab) => void
}

const accounts = ['accounts-1', 'accounts-2', 'accounts-3'] as const

export const createPayments = (sim: Sim, { scopeFor }: Planner, ledger: WriteLedger): Payments => {
  const random = sim.random.fork('payments')

  const open = (tab: Tab, scope: string, id: string): void => {
    const client = tab.client()
    if (client === undefined) return
    const owner = ledger.nextText()
    ledger.settle(tab, {
      scope,
      texts: [owner],
      run: async () => [(await client.collections.accounts.create({ id, owner, balance: 100 })).operationId],
    })
  }

  /** Both sides of the guess in one: what is shown adds up at every moment. */
  const transfer = (tab: Tab, scope: string, [from, to]: readonly [string, string]): void => {
    const client = tab.client()
    if (client === undefined) return
    const amount = random.between(1, 120)
    ledger.settle(tab, {
      scope,
      texts: [],
      run: () =>
        client.transaction(async ({ collections: { accounts: book } }) => {
          const paid = await book.run.transfer(from, { to, amount })
          const received = await book.run.receive(to, { amount })
          return [paid.operationId, received.operationId]
        }),
    })
  }

  return {
    pay(tab) {
      const scope = scopeFor(tab.device)
      const mirror = tab.device.mirror.scopes.get(scope)
      const all = accounts.map((name) => idIn(scope, name))
      const there = all.filter(
        (id) => mirror !== undefined && shownIn(mirror, `accounts/${id}`) !== undefined,
      )
      const missing = all.filter((id) => !there.includes(id))
      const [first] = missing
      if (first !== undefined && (there.length < 2 || random.chance(0.1))) return open(tab, scope, first)
      const from = random.pick(there)
      transfer(tab, scope, [from, random.pick(there.filter((id) => id !== from))])
    },
  }
}
