import type { StoredVerdict } from '@holdfast/core/protocol'
import { equal, rejects } from './assert.ts'
import { operationOf, save, scope, type ServerStoreRule } from './rule.ts'

const aborted: StoredVerdict = { kind: 'aborted', cause: 'op-0', reason: 'conflict' }

const verdicts: readonly StoredVerdict[] = [
  { kind: 'applied', version: 1 },
  { kind: 'merged', version: 2, lost: ['title', '$deleted'] },
  { kind: 'conflict', fields: ['title'] },
  { kind: 'rejected', code: 'INVALID', message: `it's "wrong" \\ ü` },
  { kind: 'rejected', code: 'DEPENDENCY', message: 'late', cause: 'op-0' },
  aborted,
  { ...aborted, reason: 'rejected' },
  { kind: 'cancelled' },
]

const ascending = (left: number, right: number): number => left - right

const client = (watermark: number, more: { userId?: string; instance?: string } = {}) => ({
  client: { clientId: 'c', userId: 'u', instance: 'i', watermark, ...more },
})

export const clientRules: readonly ServerStoreRule[] = [
  {
    id: 'SS18',
    title: 'a client belongs to its user in every scope, and its instance is the last one accepted',
    async check({ store }) {
      equal(await store.read(scope, (tx) => tx.client('c')), undefined, 'unknown')
      await save(store, client(0))
      await save(store, client(0, { instance: 'i2' }), 'team-2')
      equal(await store.read(scope, (tx) => tx.client('c')), { userId: 'u', instance: 'i2' }, 'binding')
    },
  },
  {
    id: 'SS19',
    title: 'a watermark belongs to one client and one scope',
    async check({ store }) {
      await save(store, client(3))
      await save(store, client(5), 'team-2')
      await save(store, { client: { clientId: 'd', userId: 'u', instance: 'i', watermark: 7 } })
      equal(await store.read(scope, (tx) => tx.watermark('c')), 3, 'here')
      equal(await store.read('team-2', (tx) => tx.watermark('c')), 5, 'there')
      equal(await store.read(scope, (tx) => tx.watermark('d')), 7, 'another client')
      equal(await store.read(scope, (tx) => tx.watermark('e')), 0, 'an unknown one')
    },
  },
  {
    id: 'SS20',
    title: 'slots are those of operations and resends together, by clientSeq, after a start, up to a limit',
    async check({ store }) {
      await save(store, {
        operations: [operationOf(10), operationOf(2), operationOf(7, { clientId: 'd', operationId: 'd-7' })],
        resends: [
          { clientSeq: 9, operationId: 'op-2' },
          { clientSeq: 1, operationId: 'd-7' },
        ],
      })
      await store.read(scope, async (tx) => {
        const all = await tx.slotsAfter('c', 0, 10)
        equal(
          all.map(({ clientSeq }) => clientSeq),
          [1, 2, 9, 10],
          'all',
        )
        equal(all[2], { clientSeq: 9, operationId: 'op-2' }, 'a resend')
        equal(await tx.slotsAfter('c', 2, 1), [{ clientSeq: 9, operationId: 'op-2' }], 'one after 2')
        equal(await tx.slotsAfter('c', 10, 10), [], 'after the last')
        const at = await tx.slotsAt('c', [10, 3, 1, 7])
        equal(at.map(({ clientSeq }) => clientSeq).toSorted(ascending), [1, 10], 'at')
        equal(await tx.slotsAt('c', []), [], 'at none')
      })
    },
  },
  {
    id: 'SS21',
    title: 'operations come back unchanged, with every kind of verdict',
    async check({ store }) {
      const operations = verdicts.map((verdict, index) =>
        operationOf(index + 1, { verdict, decidedAt: 1_750_000_000_000 + index, payloadHash: `h${index}` }),
      )
      await save(store, { operations })
      await store.read(scope, async (tx) => {
        const ids = ['unknown', ...operations.map(({ operationId }) => operationId)]
        const found = await tx.operations(ids)
        equal(
          found.toSorted((left, right) => left.clientSeq - right.clientSeq),
          operations,
          'operations',
        )
        equal(await tx.operations([]), [], 'none')
      })
    },
  },
  {
    id: 'SS22',
    title: 'an operation id is stored once in a scope; the second one undoes its whole batch',
    async check({ store }) {
      await save(store, { operations: [operationOf(1)] })
      const again = operationOf(5, { operationId: 'op-1', clientId: 'd' })
      await rejects(() => save(store, { operations: [operationOf(2), again] }), 'the same id')
      equal(await store.read(scope, (tx) => tx.operations(['op-2'])), [], 'its stranger')
      await save(store, { operations: [operationOf(1)] }, 'team-2')
    },
  },
  {
    id: 'SS23',
    title: 'a clientSeq of a client is stored once in a scope; the second one undoes its whole batch',
    async check({ store }) {
      await save(store, { operations: [operationOf(1)] })
      const again = operationOf(1, { operationId: 'another' })
      await rejects(() => save(store, { operations: [operationOf(2), again] }), 'the same clientSeq')
      equal(await store.read(scope, (tx) => tx.operations(['op-2', 'another'])), [], 'the batch')
      await save(store, { operations: [operationOf(1, { operationId: 'third', clientId: 'd' })] })
    },
  },
  {
    id: 'SS24',
    title: 'rejectedCreates names the client’s latest create of a record that ended unapplied',
    async check({ store }) {
      const rejected: StoredVerdict = { kind: 'rejected', code: 'INVALID', message: 'no' }
      const create = { type: 'create', verdict: rejected }
      await save(store, {
        operations: [
          operationOf(1, { ...create, recordId: 'a' }),
          operationOf(2, { ...create, recordId: 'a' }),
          operationOf(3, { ...create, recordId: 'b', clientId: 'd' }),
          operationOf(4, { type: 'create', recordId: 'e' }),
          operationOf(5, { verdict: rejected, recordId: 'f' }),
          operationOf(6, { ...create, recordId: 'a', collection: 'notes' }),
          operationOf(7, { type: 'create', recordId: 'h', verdict: { kind: 'cancelled' } }),
          operationOf(8, { type: 'create', recordId: 'i', verdict: aborted }),
          operationOf(9, { type: 'create', recordId: 'j', verdict: { kind: 'conflict', fields: ['title'] } }),
        ],
      })
      await store.read(scope, async (tx) => {
        const keys = ['a', 'b', 'e', 'f', 'g', 'h', 'i', 'j'].map((id) => ({ collection: 'todos', id }))
        const found = await tx.rejectedCreates('c', keys)
        const named = found.map(({ collection, id, operationId }) => `${collection} ${id} ${operationId}`)
        equal(named.toSorted(), ['todos a op-2', 'todos h op-7', 'todos i op-8', 'todos j op-9'], 'found')
        equal(await tx.rejectedCreates('c', []), [], 'none')
      })
    },
  },
  {
    id: 'SS25',
    title: 'a batch of 200 operations is saved and found at once',
    async check({ store }) {
      const operations = Array.from({ length: 200 }, (_, index) => operationOf(index + 1))
      await save(store, { operations, ...client(200) })
      await store.read(scope, async (tx) => {
        const ids = operations.map(({ operationId }) => operationId)
        equal((await tx.operations(ids)).length, 200, 'by id')
        equal((await tx.slotsAfter('c', 0, 1000)).length, 200, 'by clientSeq')
        const seqs = operations.map(({ clientSeq }) => clientSeq)
        equal((await tx.slotsAt('c', seqs)).length, 200, 'by exact clientSeq')
      })
    },
  },
]
