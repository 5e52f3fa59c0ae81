import type { ServerStore } from '../contract.ts'
import { equal } from './assert.ts'
import { changesOf, operationOf, rowOf, save, scope, type ServerStoreRule } from './rule.ts'

const rivals = 12
const many = 4000

/** Binds client `c` to a user of its own, as a push does: looks first, and takes its time before it saves. */
const bind = (store: ServerStore, name: string): Promise<'bound' | 'refused'> =>
  store.write(name, async (tx) => {
    const binding = await tx.client('c')
    for (let read = 0; read < 3; read += 1) await tx.changesAfter(0, 1)
    if (binding !== undefined) return 'refused'
    await tx.save(changesOf({ client: { clientId: 'c', userId: name, instance: 'i', watermark: 0 } }))
    return 'bound'
  })

export const limitRules: readonly ServerStoreRule[] = [
  {
    id: 'SS26',
    title: 'of scopes that bind one client at the same time, from several processes, one does',
    async check({ store, another }) {
      const stores = [store, await another()]
      const names = Array.from({ length: rivals }, (_, index) => `team-${index}`)
      const ended = await Promise.all(names.map((name, index) => bind(stores[index % 2] ?? store, name)))
      const winners = names.filter((_, index) => ended[index] === 'bound')
      equal(winners.length, 1, 'scopes that bound it')
      const binding = await store.read(scope, (tx) => tx.client('c'))
      equal(binding?.userId, winners[0], 'its user')
    },
  },
  {
    id: 'SS27',
    title: 'thousands of rows are saved and found at once, whatever one statement can hold',
    async check({ store }) {
      const rows = Array.from({ length: many }, (_, index) => rowOf(`r-${index}`, index + 1))
      const operations = rows.map(({ seq }) => operationOf(seq))
      const resends = rows.map(({ seq }) => ({ clientSeq: many + seq, operationId: `op-${seq}` }))
      await save(store, { rows, operations, resends, head: { head: many, nonce: 'n' } })
      await store.read(scope, async (tx) => {
        const wanted = Array.from({ length: 10 * many }, (_, index) => index)
        const keys = wanted.map((index) => ({ collection: 'todos', id: `r-${index}` }))
        equal((await tx.records(keys)).length, many, 'by key')
        equal((await tx.operations(wanted.map((index) => `op-${index}`))).length, many, 'by id')
        equal((await tx.slotsAt('c', wanted)).length, 2 * many, 'by clientSeq')
        equal(await tx.rejectedCreates('c', keys), [], 'rejected creates')
      })
    },
  },
]
