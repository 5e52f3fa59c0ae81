import { equal } from './assert.ts'
import { advance, rowOf, save, scope, type ServerStoreRule } from './rule.ts'

const seqs = (rows: readonly { readonly seq: number }[]): readonly number[] => rows.map(({ seq }) => seq)

/** Beyond 32 bits, which a feed can reach. */
const large = 2 ** 31 + 7

export const feedRules: readonly ServerStoreRule[] = [
  {
    id: 'SS11',
    title: 'changesAfter excludes its start, keeps the order of seq, and stops at its limit',
    async check({ store }) {
      const rows = [5, 3, 9, 1, 7].map((seq) => rowOf(`r-${seq}`, seq))
      await save(store, { rows, head: { head: 9, nonce: 'n' } })
      await store.read(scope, async (tx) => {
        equal(seqs(await tx.changesAfter(0, 10)), [1, 3, 5, 7, 9], 'all')
        equal(seqs(await tx.changesAfter(3, 2)), [5, 7], 'two after 3')
        equal(seqs(await tx.changesAfter(4, 10)), [5, 7, 9], 'after a seq that no row has')
        equal(seqs(await tx.changesAfter(9, 10)), [], 'after the last')
      })
    },
  },
  {
    id: 'SS12',
    title: 'a record that changes again moves in the feed and stays one row',
    async check({ store }) {
      await advance(store, 'a')
      await advance(store, 'b')
      await advance(store, 'a')
      await store.read(scope, async (tx) => {
        equal(seqs(await tx.changesAfter(0, 10)), [2, 3], 'feed')
        equal(await tx.records([{ collection: 'todos', id: 'a' }]), [rowOf('a', 3)], 'record')
      })
    },
  },
  {
    id: 'SS13',
    title: 'records answers for many keys at once and leaves out what is missing',
    async check({ store }) {
      const rows = [rowOf('x', 1), rowOf('x', 2, { collection: 'notes' }), rowOf('y', 3)]
      await save(store, { rows, head: { head: 3, nonce: 'n' } })
      await store.read(scope, async (tx) => {
        const found = await tx.records([
          { collection: 'todos', id: 'x' },
          { collection: 'notes', id: 'x' },
          { collection: 'notes', id: 'y' },
          { collection: 'y', id: 'todos' },
        ])
        equal(
          seqs(found).toSorted((left, right) => left - right),
          [1, 2],
          'found',
        )
        equal(await tx.records([]), [], 'no keys')
      })
    },
  },
  {
    id: 'SS14',
    title: 'rows come back unchanged: dates, bigints, bytes, every kind of text, tombstones, large numbers',
    async check({ store }) {
      const row = rowOf('r', large, {
        version: large,
        bornSeq: large - 1,
        deleted: true,
        updatedAt: 253_402_300_799_999,
        updatedBy: 'o\'brien \\ "quoted" %_ ;--',
        data: {
          id: 'r',
          empty: '',
          text: "it's ünïcode 🪸 \n\t\\ ? $1 :name @p",
          at: new Date('2026-01-02T03:04:05.678Z'),
          big: 2n ** 70n,
          bytes: new Uint8Array([0, 255, 7]),
          nested: { list: [1, -0.5, null, true, { $: 'not a tag' }] },
        },
      })
      await save(store, { rows: [row], head: { head: large, nonce: 'n' } })
      await store.read(scope, async (tx) => {
        equal(await tx.changesAfter(large - 1, 1), [row], 'row')
        equal(tx.state.head, large, 'head')
        equal(await tx.knows(large, 'n'), true, 'nonce')
      })
    },
  },
  {
    id: 'SS15',
    title: 'names are data: scopes, collections and ids of any characters stay apart',
    async check({ store }) {
      const scopes = ["a'; DROP TABLE holdfast_records; --", 'a%', 'a_', 'A', 'a ', 'ä', 'a/b', '?', '$1']
      for (const [index, name] of scopes.entries()) await advance(store, `r-${index}`, name)
      for (const [index, name] of scopes.entries()) {
        const rows = await store.read(name, (tx) => tx.changesAfter(0, 10))
        equal(rows, [rowOf(`r-${index}`, 1)], name)
      }
    },
  },
  {
    id: 'SS16',
    title: 'knows tells the nonce of every head that the feed stood at, and no other',
    async check({ store }) {
      await advance(store, 'a')
      await advance(store, 'b')
      await store.read(scope, async (tx) => {
        equal(await tx.knows(0, ''), true, 'the beginning')
        equal(await tx.knows(1, 'n1'), true, 'an older head')
        equal(await tx.knows(2, 'n2'), true, 'the head')
        equal(await tx.knows(2, 'n1'), false, 'another nonce')
        equal(await tx.knows(2, ''), false, 'no nonce')
        equal(await tx.knows(3, 'n3'), false, 'a head to come')
      })
    },
  },
  {
    id: 'SS17',
    title: 'a batch of 200 records is saved and found at once',
    async check({ store }) {
      const rows = Array.from({ length: 200 }, (_, index) => rowOf(`r-${index}`, index + 1))
      await save(store, { rows, head: { head: 200, nonce: 'n' } })
      await store.read(scope, async (tx) => {
        const keys = rows.map(({ collection, id }) => ({ collection, id }))
        equal((await tx.records(keys)).length, 200, 'by key')
        equal(await tx.changesAfter(0, 1000), rows, 'by seq')
      })
    },
  },
]
