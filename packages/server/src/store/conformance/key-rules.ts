import type { ServerRow } from '@holdfast/core/protocol'
import type { ReadTransaction } from '../contract.ts'
import { equal } from './assert.ts'
import { advance, rowOf, save, scope, type ServerStoreRule } from './rule.ts'

const seqs = (rows: readonly { readonly seq: number }[]): readonly number[] => rows.map(({ seq }) => seq)

const byNumber = (left: number, right: number): number => left - right

const readPages = async (tx: ReadTransaction, limit: number): Promise<readonly number[]> => {
  const found: ServerRow[] = []
  for (;;) {
    const page = await tx.recordsAfter(found.at(-1), limit)
    found.push(...page)
    if (page.length < limit) return seqs(found)
  }
}

export const keyRules: readonly ServerStoreRule[] = [
  {
    id: 'SS28',
    title: 'recordsAfter gives each living record once, in one order, whatever the size of the pages',
    async check({ store }) {
      const collections = ['todos', 'todo', 'todos_a', 'Todos']
      const ids = ['a', 'A', 'a-1', 'a_1', 'b', '1', '10', '2', '-', '_']
      const keys = collections.flatMap((collection) => ids.map((id) => ({ collection, id })))
      const rows = keys.map(({ collection, id }, index) => rowOf(id, index + 1, { collection }))
      const gone = rowOf('gone', rows.length + 1, { deleted: true })
      await save(store, { rows: [...rows, gone], head: { head: rows.length + 1, nonce: 'n' } })
      await store.read(scope, async (tx) => {
        const all = await tx.recordsAfter(undefined, 1000)
        equal(seqs(all).toSorted(byNumber), seqs(rows), 'all that live')
        for (const limit of [1, 3, 7]) equal(await readPages(tx, limit), seqs(all), `pages of ${limit}`)
      })
    },
  },
  {
    id: 'SS29',
    title: 'recordsAfter begins after a key whether or not there is such a record, and stays in its scope',
    async check({ store }) {
      await save(store, { rows: [rowOf('b', 1), rowOf('d', 2)], head: { head: 2, nonce: 'n' } })
      await advance(store, 'c', 'team-2')
      await store.read(scope, async (tx) => {
        const after = async (collection: string, id: string) =>
          (await tx.recordsAfter({ collection, id }, 10)).map((row) => row.id)
        equal(await after('todos', 'a'), ['b', 'd'], 'after a key that sorts first')
        equal(await after('todos', 'b'), ['d'], 'after a record')
        equal(await after('todos', 'c'), ['d'], 'after a key in between')
        equal(await after('todos', 'd'), [], 'after the last')
        equal(await after('zzz', 'a'), [], 'after another collection')
      })
    },
  },
]

export const countRules: readonly ServerStoreRule[] = [
  {
    id: 'SS46',
    title: 'countRecords counts the living records of its scope, and no further than it is asked to',
    async check({ store }) {
      const gone = rowOf('gone', 3, { deleted: true })
      await save(store, { rows: [rowOf('a', 1), rowOf('b', 2), gone], head: { head: 3, nonce: 'n' } })
      await advance(store, 'c', 'team-2')
      await store.read(scope, async (tx) => {
        const counts = [await tx.countRecords(1), await tx.countRecords(2), await tx.countRecords(1000)]
        equal(counts, [1, 2, 2], 'at most 1, 2 and 1000')
      })
      equal(await store.read('team-3', (tx) => tx.countRecords(1000)), 0, 'a scope that was never written')
    },
  },
]
