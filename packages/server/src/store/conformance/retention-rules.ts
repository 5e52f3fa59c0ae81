import type { Changes, ServerStore } from '../contract.ts'
import { equal } from './assert.ts'
import { operationOf, rowOf, save, scope, type ServerStoreRule } from './rule.ts'

const prune = (store: ServerStore, before: number, limit = 100) =>
  store.write(scope, (tx) => tx.prune({ before, limit }))

/** A batch of one change and one operation of client `c`, stored at a time that is its head. */
const batch = (head: number, more: Partial<Changes> = {}): Partial<Changes> => ({
  rows: [rowOf(`r-${head}`, head)],
  operations: [operationOf(head, { decidedAt: head })],
  head: { head, nonce: `n${head}` },
  client: { clientId: 'c', userId: 'u', instance: 'i', watermark: head },
  at: head,
  ...more,
})

const gone = (head: number): Partial<Changes> =>
  batch(head, { rows: [rowOf(`r-${head}`, head, { deleted: true })] })

const seqsOf = (store: ServerStore): Promise<readonly number[]> =>
  store.read(scope, async (tx) => (await tx.changesAfter(0, 100)).map(({ seq }) => seq))

const idsOf = (store: ServerStore, ids: readonly string[]): Promise<readonly string[]> =>
  store.read(scope, async (tx) => (await tx.operations(ids)).map(({ operationId }) => operationId).toSorted())

export const retentionRules: readonly ServerStoreRule[] = [
  {
    id: 'SS31',
    title: 'prune raises prunedTo to the newest head from before, and removes tombstones up to there',
    async check({ store, another }) {
      for (const head of [1, 3, 5]) await save(store, gone(head))
      await save(store, batch(2))
      await save(store, { ...gone(6), at: 60 })
      const told = await prune(store, 5)
      equal(told, { tombstones: 2, verdicts: 3, nonces: 2, isLast: true }, 'told')
      const process = await another()
      equal(await seqsOf(process), [2, 5, 6], 'what is left')
      await process.read(scope, async ({ state }) => {
        equal(state, { head: 6, nonce: 'n6', prunedTo: 3, prunedBefore: 5 }, 'state')
      })
    },
  },
  {
    id: 'SS32',
    title: 'prune keeps the nonce at prunedTo and those above it',
    async check({ store }) {
      for (const head of [1, 2, 3]) await save(store, batch(head))
      await prune(store, 3)
      await store.read(scope, async (tx) => {
        const known = [await tx.knows(1, 'n1'), await tx.knows(2, 'n2'), await tx.knows(3, 'n3')]
        equal(known, [false, true, true], 'known')
      })
    },
  },
  {
    id: 'SS33',
    title: 'prune removes verdicts and their numbers from before, up to the watermark, which stays',
    async check({ store }) {
      const numbered = (clientSeq: number) => operationOf(clientSeq, { decidedAt: clientSeq * 10 })
      const client = { clientId: 'c', userId: 'u', instance: 'i', watermark: 2 }
      await save(store, { operations: [1, 2, 4].map(numbered), client, at: 40 })
      await prune(store, 20)
      equal(await idsOf(store, ['op-1', 'op-2', 'op-4']), ['op-2', 'op-4'], 'from before')
      await prune(store, 1000)
      equal(await idsOf(store, ['op-1', 'op-2', 'op-4']), ['op-4'], 'above the watermark')
      await store.read(scope, async (tx) => {
        equal(await tx.watermark('c'), 2, 'watermark')
        equal(await tx.client('c'), { userId: 'u', instance: 'i' }, 'binding')
        equal(await tx.slotsAfter('c', 0, 10), [{ clientSeq: 4, operationId: 'op-4' }], 'slots')
      })
    },
  },
  {
    id: 'SS34',
    title: 'prune keeps a verdict as long as somebody sent its operation again since',
    async check({ store }) {
      await save(store, batch(1))
      const other = { clientId: 'd', userId: 'u', instance: 'j', watermark: 1 }
      await save(store, { resends: [{ clientSeq: 1, operationId: 'op-1' }], client: other, at: 50 })
      await prune(store, 50)
      equal(await idsOf(store, ['op-1']), ['op-1'], 'sent again')
      await prune(store, 51)
      equal(await idsOf(store, ['op-1']), [], 'later')
      await store.read(scope, async (tx) => equal(await tx.slotsAfter('d', 0, 10), [], 'its number'))
    },
  },
  {
    id: 'SS35',
    title: 'prune removes a bounded number at a time, and says when nothing is left',
    async check({ store }) {
      for (let head = 1; head <= 5; head += 1) await save(store, gone(head))
      const parts = [await prune(store, 5, 3), await prune(store, 5, 3)]
      equal(
        parts,
        [
          { tombstones: 3, verdicts: 3, nonces: 3, isLast: false },
          { tombstones: 1, verdicts: 1, nonces: 0, isLast: true },
        ],
        'parts',
      )
    },
  },
  {
    id: 'SS36',
    title: 'what was stored without its time is never forgotten, and prunedTo never falls',
    async check({ store }) {
      await save(store, { ...batch(1), at: undefined })
      await save(store, gone(2))
      await prune(store, 3)
      await prune(store, 1)
      await store.read(scope, async ({ state }) => {
        equal(state, { head: 2, nonce: 'n2', prunedTo: 2, prunedBefore: 3 }, 'state')
      })
      await save(store, { ...gone(3), at: undefined })
      await prune(store, 1000)
      equal(await seqsOf(store), [1, 3], 'feed')
    },
  },
  {
    id: 'SS37',
    title: 'scopes names each scope once, in one order, after a name and up to a limit',
    async check({ store }) {
      for (const name of ['b', 'a/1', 'a', 'c']) await save(store, { client: undefined }, name)
      const first = await store.scopes(undefined, 3)
      const rest = await store.scopes(first.at(-1), 3)
      equal([...first, ...rest].toSorted(), ['a', 'a/1', 'b', 'c'], 'names')
      equal(first.length, 3, 'limit')
    },
  },
  {
    id: 'SS38',
    title: 'a prune that fails leaves everything as it was, prunedTo included',
    async check({ store }) {
      await save(store, gone(1))
      const failed = store.write(scope, async (tx) => {
        await tx.prune({ before: 9, limit: 9 })
        throw new Error('no')
      })
      await failed.catch(() => undefined)
      equal(await seqsOf(store), [1], 'feed')
      await store.read(scope, async ({ state }) => equal(state.prunedTo, 0, 'prunedTo'))
    },
  },
  {
    id: 'SS39',
    title: 'prune keeps a tombstone with a version above prunedTo: it goes once that has come there',
    async check({ store }) {
      const came = rowOf('r-1', 1, { deleted: true, version: 3 })
      await save(store, batch(1, { rows: [came] }))
      for (const head of [2, 3]) await save(store, batch(head))
      equal((await prune(store, 3)).tombstones, 0, 'too soon')
      equal(await seqsOf(store), [1, 2, 3], 'feed')
      equal((await prune(store, 4)).tombstones, 1, 'then')
      equal(await seqsOf(store), [2, 3], 'feed')
    },
  },
]
