import { equal, rejects } from './assert.ts'
import { advance, changesOf, operationOf, rowOf, save, scope, type ServerStoreRule } from './rule.ts'

const parallel = 32

export const transactionRules: readonly ServerStoreRule[] = [
  {
    id: 'SS1',
    title: 'a scope that was never written stands at 0, with the empty nonce, for readers and writers',
    async check({ store }) {
      const expected = { head: 0, nonce: '', prunedTo: 0, prunedBefore: 0 }
      equal(await store.read(scope, async (tx) => tx.state), expected, 'state read')
      equal(await store.write(scope, async (tx) => tx.state), expected, 'state written')
    },
  },
  {
    id: 'SS2',
    title: 'a write answers with what it ran, and everything it saved is there for other processes',
    async check({ store, another }) {
      const answer = await store.write(scope, async (tx) => {
        await tx.save(
          changesOf({
            rows: [rowOf('r', 1)],
            operations: [operationOf(1)],
            resends: [{ clientSeq: 2, operationId: 'op-1' }],
            client: { clientId: 'c', userId: 'u', instance: 'i', watermark: 2 },
            head: { head: 1, nonce: 'n1' },
          }),
        )
        return 'done'
      })
      equal(answer, 'done', 'answer')
      const other = await another()
      await other.read(scope, async (tx) => {
        equal(tx.state, { head: 1, nonce: 'n1', prunedTo: 0, prunedBefore: 0 }, 'state')
        equal(await tx.changesAfter(0, 10), [rowOf('r', 1)], 'rows')
        equal(await tx.operations(['op-1']), [operationOf(1)], 'operations')
        equal((await tx.slotsAfter('c', 0, 10)).length, 2, 'slots')
        equal(await tx.client('c'), { userId: 'u', instance: 'i' }, 'client')
        equal(await tx.watermark('c'), 2, 'watermark')
        equal(await tx.knows(1, 'n1'), true, 'nonce')
      })
    },
  },
  {
    id: 'SS3',
    title: 'a write that rejects leaves nothing of what it saved, and passes its error on as it is',
    async check({ store }) {
      const failure = new Error('on purpose')
      const error = await rejects(
        () =>
          store.write(scope, async (tx) => {
            const changes = {
              rows: [rowOf('r', 1)],
              operations: [operationOf(1)],
              head: { head: 1, nonce: 'n1' },
            }
            await tx.save(changesOf(changes))
            throw failure
          }),
        'the failing write',
      )
      equal(error === failure, true, 'the error is the one thrown')
      await store.read(scope, async (tx) => {
        equal(tx.state.head, 0, 'head')
        equal(await tx.changesAfter(0, 10), [], 'rows')
        equal(await tx.operations(['op-1']), [], 'operations')
        equal(await tx.client('c'), undefined, 'client')
        equal(await tx.knows(1, 'n1'), false, 'nonce')
      })
    },
  },
  {
    id: 'SS4',
    title: 'later reads of a write see what it saved',
    async check({ store }) {
      await store.write(scope, async (tx) => {
        await tx.save(
          changesOf({ rows: [rowOf('r', 1)], operations: [operationOf(1)], head: { head: 1, nonce: 'n' } }),
        )
        equal(await tx.changesAfter(0, 10), [rowOf('r', 1)], 'rows')
        equal(await tx.operations(['op-1']), [operationOf(1)], 'operations')
        equal(await tx.client('c'), { userId: 'u', instance: 'i' }, 'client')
      })
    },
  },
  {
    id: 'SS5',
    title: 'a write goes on from the last one: its state is the latest, whichever process made it',
    async check({ store, another }) {
      const other = await another()
      for (let head = 0; head < 6; head += 1) {
        const turn = head % 2 === 0 ? store : other
        await turn.write(scope, async (tx) => {
          equal(tx.state.head, head, 'head before')
          await tx.save(changesOf({ head: { head: head + 1, nonce: `n${head + 1}` } }))
        })
      }
    },
  },
  {
    id: 'SS6',
    title: 'concurrent writes of one scope, from several processes, all succeed and lose nothing',
    async check({ store, another }) {
      const stores = [store, await another(), await another()]
      const ids = Array.from({ length: parallel }, (_, index) => `r-${index}`)
      await Promise.all(ids.map((id, index) => advance(stores[index % stores.length] ?? store, id)))
      await store.read(scope, async (tx) => {
        equal(tx.state.head, parallel, 'head')
        const rows = await tx.changesAfter(0, 1000)
        equal(
          rows.map(({ seq }) => seq),
          ids.map((_, index) => index + 1),
          'seqs',
        )
        equal(rows.map(({ id }) => id).sort(), [...ids].sort(), 'ids')
      })
    },
  },
  {
    id: 'SS7',
    title: 'two writes of one scope are never under way at once',
    async check({ store, another }) {
      let under = 0
      let most = 0
      const other = await another()
      const run = async (turn: typeof store): Promise<void> => {
        await turn.write(scope, async (tx) => {
          under += 1
          most = Math.max(most, under)
          await tx.changesAfter(0, 10)
          await tx.save(changesOf())
          under -= 1
        })
      }
      await Promise.all([run(store), run(other), run(store), run(other)])
      equal(most, 1, 'writes at once')
    },
  },
  {
    id: 'SS8',
    title: 'everything that one read sees comes from one snapshot, also while another process commits',
    async check({ store, another }) {
      const other = await another()
      await advance(store, 'r-1')
      await store.read(scope, async (tx) => {
        equal(tx.state.head, 1, 'head before')
        await save(other, {
          rows: [rowOf('r-2', 2), rowOf('r-1', 3)],
          operations: [operationOf(1)],
          client: { clientId: 'c', userId: 'u', instance: 'i2', watermark: 1 },
          head: { head: 3, nonce: 'n3' },
        })
        equal(await tx.changesAfter(0, 10), [rowOf('r-1', 1)], 'rows')
        equal(await tx.operations(['op-1']), [], 'operations')
        equal(await tx.slotsAfter('c', 0, 10), [], 'slots')
        equal(await tx.watermark('c'), 0, 'watermark')
        equal(await tx.knows(3, 'n3'), false, 'nonce')
        equal(await tx.client('c'), { userId: 'u', instance: 'i' }, 'client')
      })
      equal(await store.read(scope, async (tx) => tx.state.head), 3, 'head after')
    },
  },
  {
    id: 'SS9',
    title: 'a scope sees nothing of another one',
    async check({ store }) {
      const change = { rows: [rowOf('r', 1)], operations: [operationOf(1)], head: { head: 1, nonce: 'n' } }
      await save(store, { ...change, client: { clientId: 'c', userId: 'u', instance: 'i', watermark: 1 } })
      await store.read('team-2', async (tx) => {
        equal(tx.state.head, 0, 'head')
        equal(await tx.changesAfter(0, 10), [], 'rows')
        equal(await tx.records([{ collection: 'todos', id: 'r' }]), [], 'records')
        equal(await tx.operations(['op-1']), [], 'operations')
        equal(await tx.slotsAfter('c', 0, 10), [], 'slots after')
        equal(await tx.slotsAt('c', [1]), [], 'slots at')
        equal(await tx.watermark('c'), 0, 'watermark')
        equal(await tx.knows(1, 'n'), false, 'nonce')
        equal(await tx.client('c'), { userId: 'u', instance: 'i' }, 'but clients are the same in every scope')
      })
      await save(store, change, 'team-2')
    },
  },
  {
    id: 'SS10',
    title: 'a failed write leaves the store in working order, and an ordinary failure is not transient',
    async check({ store }) {
      await save(store, { operations: [operationOf(1)] })
      const error = await rejects(
        () => save(store, { operations: [operationOf(1)] }),
        'the same operation again',
      )
      equal(store.isTransient(error), false, 'transient')
      equal(store.isTransient(new Error('busy')), false, 'any error')
      await advance(store, 'r')
      equal(await store.read(scope, async (tx) => tx.state.head), 1, 'head')
    },
  },
]
