import { expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { Operation } from '../../src/model/operation.ts'
import { cursorEntry } from '../../src/oplog/entries.ts'
import { cursorKey } from '../../src/oplog/keys.ts'
import { swap, type Answered, type NewHead } from '../../src/oplog/swap.ts'
import { takeBatch } from '../../src/oplog/batch/take-batch.ts'
import type { Change } from '../../src/protocol/pull.ts'
import type { Verdict } from '../../src/protocol/verdict.ts'
import { createStore, type Store } from '../../src/storage/store.ts'
import { openClient } from '../support/client.ts'
import { schema } from '../support/schema.ts'
import { scope } from '../support/transports.ts'
import { until } from '../support/until.ts'

const applied: Verdict = { kind: 'applied', version: 1 }
const rejected: Verdict = { kind: 'rejected', code: 'INVALID', message: 'It does not fit.' }

const headOf = (
  operations: readonly Operation[],
  decided: NewHead['decided'],
  cursorRevision = 0,
): NewHead => ({
  changes: operations.map(({ recordId, payload }, index): Change => ({
    kind: 'record',
    collection: 'tasks',
    id: recordId,
    version: 1,
    seq: index + 1,
    updatedBy: 'u-1',
    updatedAt: 1,
    data: payload,
  })),
  decided,
  cursor: 'c-1',
  head: operations.length,
  cursorRevision,
})

/** Two creates, sent and not answered; `answer` swaps as if the server had said so. */
const openSent = async () => {
  const storage = memoryStorage()
  const device = await openClient({ storage })
  for (const id of ['a', 'b']) await device.client.collections.tasks.create({ id, title: id })
  const store = createStore(await storage.open('u-1'))
  const { operations } = await takeBatch(store, schema, scope, { operations: 200, bytes: 400_000 })
  const answer = (verdicts: readonly Verdict[], newHead: NewHead | undefined) => {
    const told = operations.flatMap(({ id }, index): [string, Verdict][] => {
      const verdict = verdicts[index]
      return verdict === undefined ? [] : [[id, verdict]]
    })
    const answered: Answered = {
      verdicts: new Map(told),
      undecided: new Set(),
      newHead,
      now: 7,
      clockOffset: 0,
    }
    return swap(store, schema, scope, answered)
  }
  return {
    client: device.client,
    store,
    operations,
    answer,
    async [Symbol.asyncDispose]() {
      await store.close()
      await device.client.close()
    },
  }
}

const fates = (operations: readonly Operation[]): readonly string[] => operations.map(({ status }) => status)
const revisionOf = async (store: Store): Promise<number> => (await store.get(cursorKey(scope)))?.revision ?? 0

test('[CL16] a verdict changes the fate; the operation stays in view until a head includes it', async () => {
  await using sent = await openSent()
  expect(await sent.answer([applied, rejected], undefined)).toMatchObject({ kind: 'swapped' })
  expect(fates(await sent.client.operations.list())).toEqual(['COMPLETED', 'REJECTED'])
  expect(await sent.client.collections.tasks.find()).toHaveLength(2)

  const [first, last] = sent.operations
  const head = headOf(first === undefined ? [] : [first], { watermark: 2, above: [] })
  // Told without their page: the number of the last one has to be confirmed.
  expect(await sent.answer([], head)).toEqual({
    kind: 'unknown',
    operations: [{ id: last?.id, clientSeq: 2 }],
  })
  expect(await sent.answer([applied, rejected], head)).toMatchObject({ kind: 'swapped' })
  expect(fates(await sent.client.operations.list())).toEqual(['COMPLETED', 'REJECTED'])
  expect((await sent.client.collections.tasks.find()).map(({ id }) => id)).toEqual(['a'])
  expect(await sent.client.deadLetters.list()).toMatchObject([{ recordId: 'b', fate: { code: 'INVALID' } }])
})

test('[CL16] a head that does not include an operation leaves it on its record', async () => {
  await using sent = await openSent()
  const [first] = sent.operations
  await sent.answer(
    [applied, applied],
    headOf(first === undefined ? [] : [first], { watermark: 1, above: [] }),
  )
  expect(await sent.client.collections.tasks.find()).toHaveLength(2)
  const revision = await revisionOf(sent.store)
  const second = sent.operations.slice(1)
  const swapped = await sent.answer([applied, applied], headOf(second, { watermark: 2, above: [] }, revision))
  expect(swapped.kind).toBe('swapped')
  expect(await sent.client.collections.tasks.find()).toHaveLength(2)
  expect(fates(await sent.client.operations.list())).toEqual(['COMPLETED', 'COMPLETED'])
})

test('[CL18] [P07] a stale page is not stored; the verdicts beside it are', async () => {
  await using sent = await openSent()
  await sent.answer([], headOf([], { watermark: 0, above: [] }))
  const before = await sent.store.get(cursorKey(scope))
  const result = await sent.answer([applied], headOf(sent.operations, { watermark: 2, above: [] }, 0))
  expect(result.kind).toBe('stale')
  expect(await sent.store.get(cursorKey(scope))).toEqual(before)
  expect(fates(await sent.client.operations.list())).toEqual(['COMPLETED', 'SENT'])
  expect(await sent.client.collections.tasks.find()).toHaveLength(2)
})

test('[CL19] [P05] a head with a decision that nobody told writes nothing and names the operation', async () => {
  await using sent = await openSent()
  const result = await sent.answer([applied], headOf(sent.operations, { watermark: 0, above: [1, 2] }))
  expect(result).toEqual({
    kind: 'unknown',
    operations: [{ id: sent.operations[1]?.id, clientSeq: sent.operations[1]?.clientSeq }],
  })
  expect(await sent.store.get(cursorKey(scope))).toBeUndefined()
  expect(fates(await sent.client.operations.list())).toEqual(['SENT', 'SENT'])
})

test('[CL17] the counters follow every step', async () => {
  await using sent = await openSent()
  const queue = () => until(sent.client.queue$, () => true)
  expect(await queue()).toMatchObject({ pending: 0, sent: 2, conflicts: 0, deadLetters: 0 })
  const conflict: Verdict = {
    kind: 'conflict',
    fields: ['title'],
    serverData: '{"id":"a","title":"theirs"}',
    serverDeleted: false,
    serverVersion: 1,
    updatedBy: 'u-2',
    updatedAt: 1,
    clientData: '{}',
  }
  const result = await sent.answer([conflict, rejected], headOf([], { watermark: 2, above: [] }))
  expect(result).toMatchObject({ kind: 'swapped', openedConflicts: [{ collection: 'tasks', recordId: 'a' }] })
  expect(await queue()).toMatchObject({ pending: 0, sent: 0, conflicts: 1, deadLetters: 1 })
})

test('[CL17] the cursor is stored with the time of the pull', async () => {
  await using sent = await openSent()
  await sent.answer([applied, applied], headOf(sent.operations, { watermark: 2, above: [] }))
  const stored = await sent.store.get(cursorKey(scope))
  expect(cursorEntry.decode(stored?.value ?? '{}')).toEqual({ cursor: 'c-1', head: 2, at: 7 })
})
