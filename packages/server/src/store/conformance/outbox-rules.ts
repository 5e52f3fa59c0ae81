import type { ClaimedEvent, OutboxStore, ServerStore } from '../contract.ts'
import { equal, rejects } from './assert.ts'
import { save, scope, type ServerStoreRule } from './rule.ts'

const outboxOf = ({ outbox }: ServerStore): OutboxStore => {
  if (outbox === undefined) throw new Error('This store keeps no events.')
  return outbox
}

const add = (store: ServerStore, head: number, where: string = scope, at: number = head): Promise<void> =>
  save(store, { head: { head, nonce: `n${head}` }, event: `${where} ${head}`, at, client: undefined }, where)

const claim = (store: ServerStore, by: string, now: number, limit = 100): Promise<readonly ClaimedEvent[]> =>
  outboxOf(store).claim({ by, now, until: now + 100, limit })

const said = (events: readonly ClaimedEvent[]): readonly string[] =>
  events.map(({ event }) => event).toSorted()

export const outboxRules: readonly ServerStoreRule[] = [
  {
    id: 'SS40',
    title: 'an event is stored with its batch or not at all, and other processes can claim it',
    async check({ store, another }) {
      await add(store, 1)
      await rejects(
        () =>
          store.write(scope, async (tx) => {
            const head = { head: 2, nonce: 'n2' }
            await tx.save({ rows: [], operations: [], resends: [], head, event: 'undone', at: 2 })
            throw new Error('undone')
          }),
        'a write that fails',
      )
      await save(store, { head: { head: 3, nonce: 'n3' }, at: 3, client: undefined })
      const process = await another()
      equal(
        await claim(process, 'a', 10),
        [{ scope, head: 1, event: `${scope} 1`, attempts: 0 }],
        'what was claimed',
      )
    },
  },
  {
    id: 'SS41',
    title:
      'a claimed event is nobody else’s until it is removed or its time is over, and then counts its attempts',
    async check({ store, another }) {
      await add(store, 1)
      await claim(store, 'a', 10)
      const process = await another()
      equal(await claim(process, 'b', 109), [], 'claimed while it is somebody’s')
      const [again] = await claim(process, 'b', 110)
      equal(again?.attempts, 1, 'attempts')
      await outboxOf(store).remove('a', [{ scope, head: 1 }])
      equal(said(await claim(store, 'c', 210)), [`${scope} 1`], 'after a removal by who had lost it')
      await outboxOf(process).remove('c', [{ scope, head: 1 }])
      equal(await claim(store, 'd', 1_000), [], 'after its removal')
    },
  },
  {
    id: 'SS42',
    title:
      'events of a scope are claimed in their order, and none behind an earlier one that is claimed or waits',
    async check({ store }) {
      // A clock that is set back turns nothing round.
      await add(store, 1, scope, 50)
      await add(store, 2, scope, 20)
      await add(store, 3, scope, 30)
      await add(store, 1, 'team-2', 40)
      const first = await claim(store, 'a', 60, 2)
      equal(
        first.map(({ event }) => event),
        ['team-2 1', `${scope} 1`],
        'the oldest',
      )
      equal(await claim(store, 'b', 60), [], 'behind one that is claimed')
      await outboxOf(store).release('a', [{ scope, head: 1 }], 90)
      equal(await claim(store, 'b', 89), [], 'behind one that waits')
      const rest = await claim(store, 'b', 90)
      equal(
        rest.map(({ head }) => head),
        [1, 2, 3],
        'in order, once it waits no more',
      )
    },
  },
  {
    id: 'SS43',
    title: 'events given back are free at once, and others stay claimed',
    async check({ store }) {
      await add(store, 1)
      await add(store, 1, 'team-2')
      await claim(store, 'a', 10)
      await outboxOf(store).release('b', [{ scope, head: 1 }], 0)
      equal(await claim(store, 'c', 11), [], 'given back by somebody else')
      await outboxOf(store).release('a', [{ scope, head: 1 }], 0)
      equal(said(await claim(store, 'c', 11)), [`${scope} 1`], 'given back')
      await outboxOf(store).release('a', [], 0)
      await outboxOf(store).remove('a', [])
    },
  },
  {
    id: 'SS44',
    title:
      'claims at the same time, from several processes, give each event to one of them, a scope’s to one alone',
    async check({ store, another }) {
      const scopes = Array.from({ length: 6 }, (_, index) => `team-${index}`)
      for (const where of scopes) for (const head of [1, 2, 3, 4]) await add(store, head, where)
      const processes = [store, await another(), await another()]
      const claims = await Promise.all(processes.map((process, index) => claim(process, `c-${index}`, 10, 9)))
      const all = claims.flat()
      equal(new Set(said(all)).size, all.length, 'how many different ones')
      for (const where of scopes) {
        const holders = claims.filter((events) => events.some((event) => event.scope === where))
        equal(holders.length <= 1, true, `whether one alone has ${where}`)
        const heads = holders.flat().filter((event) => event.scope === where)
        equal(
          heads.map(({ head }) => head),
          heads.map((_, index) => index + 1),
          `the first ones of ${where}`,
        )
      }
    },
  },
]
