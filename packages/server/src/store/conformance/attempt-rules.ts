import { equal, rejects } from './assert.ts'
import { changesOf, operationOf, rowOf, save, scope, type ServerStoreRule } from './rule.ts'

export const attemptRules: readonly ServerStoreRule[] = [
  {
    id: 'SS30',
    title: 'a part of a write that is not kept, or fails, is undone, and the rest of the write stands',
    async check({ store }) {
      await save(store, { operations: [operationOf(1)] })
      await store.write(scope, async (tx) => {
        await tx.save(changesOf({ rows: [rowOf('before', 1)] }))
        const kept = await tx.attempt(async () => {
          await tx.save(changesOf({ rows: [rowOf('kept', 2)] }))
          return { keep: true, value: 'a' }
        })
        const dropped = await tx.attempt(async () => {
          await tx.save(changesOf({ rows: [rowOf('kept', 3), rowOf('dropped', 4)] }))
          return { keep: false, value: 'b' }
        })
        equal([kept, dropped], ['a', 'b'], 'values')
        const failure = new Error('on purpose')
        const failing = tx.attempt(async () => {
          await tx.save(changesOf({ rows: [rowOf('failed', 5)] }))
          throw failure
        })
        equal(
          (await rejects(() => failing, 'the failing part')) === failure,
          true,
          'the error is the one thrown',
        )
        // The database itself refuses: an operation that is there already.
        await rejects(
          () =>
            tx.attempt(async () => {
              await tx.save(changesOf({ rows: [rowOf('refused', 6)], operations: [operationOf(1)] }))
              return { keep: true, value: undefined }
            }),
          'the refused part',
        )
        equal(
          (await tx.changesAfter(0, 10)).map(({ id }) => id),
          ['before', 'kept'],
          'rows meanwhile',
        )
        await tx.save(changesOf({ rows: [rowOf('after', 7)], head: { head: 7, nonce: 'n7' } }))
      })
      const rows = await store.read(scope, (tx) => tx.changesAfter(0, 10))
      equal(rows, [rowOf('before', 1), rowOf('kept', 2), rowOf('after', 7)], 'rows')
    },
  },
]
