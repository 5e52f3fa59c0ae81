import { describe, expect, test } from 'vitest'
import { SyncError, collection, defineSchema, fieldMerge } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import type { Operation } from '../../src/model/operation.ts'
import { markOverwritten } from '../../src/oplog/conflict-log.ts'
import { conflictEntry, type ConflictEntry } from '../../src/oplog/entries.ts'
import { conflictKey } from '../../src/oplog/keys.ts'
import { createStore } from '../../src/storage/store.ts'
import { sync } from '../support/client.ts'
import { openPair, type Pair } from '../support/pair.ts'
import { answering, failing, localServer, scope } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'
import { openWith, syncOnce } from './open-with.ts'
import { rest } from './rest.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})

/** I saw their title; then they wrote title and text, which my device has fetched and I was not shown. */
const openUnseen = async (): Promise<{ readonly pair: Pair; readonly shown: string }> => {
  const pair = await openPair()
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine', text: 'mine' })
  await pair.meet()
  const { id } = await pair.conflict()
  await pair.theirs.client.collections.asked.update('r', { title: 'unseen', text: 'unseen' })
  await pair.meet()
  return { pair, shown: id }
}

describe('an answer counts for the version that was shown', () => {
  test.each([
    ['theirs', ['text']],
    ['mine', ['text', 'title']],
  ] as const)('%s: what came later is disputed again, not overwritten', async (answer, disputed) => {
    const { pair, shown } = await openUnseen()
    await using _ = pair
    await pair.mine.client.conflicts.resolve(shown, answer)
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('r')).toMatchObject({
      title: 'unseen',
      text: 'unseen',
    })
    expect(await pair.conflict()).toMatchObject({
      fields: disputed,
      theirs: { title: 'unseen', text: 'unseen' },
      mine: { text: 'mine' },
    })
  })

  test('the newest id answers for the newest version', async () => {
    const { pair, shown } = await openUnseen()
    await using _ = pair
    const { id } = await pair.conflict()
    expect(id).not.toBe(shown)
    await pair.mine.client.conflicts.resolve(id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await pair.mine.client.conflicts.list()).toEqual([])
    expect(await pair.theirs.client.collections.asked.get('r')).toMatchObject({ title: 'mine', text: 'mine' })
  })

  test('list$ tells when their side is another one, and only then', async () => {
    await using pair = await openPair()
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    await pair.meet()
    const seen: unknown[] = []
    pair.mine.client.conflicts
      .list$()
      .subscribe((open) => seen.push(open.map(({ theirs }) => theirs?.['text'])))
    await until(pair.mine.client.conflicts.list$(), (open) => open.length === 1)
    await pair.mine.client.collections.tasks.create({ title: 'of no concern' })
    await pair.theirs.client.collections.asked.update('r', { text: 'unseen' })
    await pair.meet()
    await rest()
    expect(seen).toEqual([['old'], ['unseen']])
  })
})

/** Batches of one: the first operation is in conflict, the second was sent and not answered, the third waits. */
const openUndecided = async (): Promise<Pair> => {
  const pair = await openPair('asked', { batch: { operations: 1 } })
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await sync(pair.theirs)
  const { client, transport } = pair.mine
  await client.collections.asked.update('r', { title: 'mine', text: 'oldest' })
  await client.collections.asked.update('r', { text: 'newer' })
  await client.collections.asked.update('r', { text: 'newest' })
  transport.once('push', (real) => real)
  transport.once('push', failing(unreachable))
  client.start()
  await untilStatus(client, 'waiting')
  client.pause()
  expect((await client.operations.list()).slice(-3).map(({ status }) => status)).toEqual([
    'CONFLICT',
    'SENT',
    'PENDING',
  ])
  return pair
}

test.each([
  ['theirs', 'theirs'],
  ['mine', 'mine'],
] as const)('%s does not bring back what an undecided operation has replaced', async (answer, title) => {
  await using pair = await openUndecided()
  const { client } = pair.mine
  const { id } = await pair.conflict()
  await client.conflicts.resolve(id, answer)
  const shown: unknown[] = []
  client.collections.asked.get$('r').subscribe((record) => shown.push(record?.text))
  await pair.meet()
  await pair.meet()
  await rest()
  expect([...new Set(shown)]).toEqual(['newest'])
  for (const device of [pair.mine, pair.theirs]) {
    expect(await device.client.collections.asked.get('r')).toMatchObject({ title, text: 'newest' })
  }
  expect(await client.conflicts.list()).toEqual([])
})

test('an answer keeps its own value where the later operation was rejected', async () => {
  await using pair = await openPair('asked', { batch: { operations: 1 } })
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await sync(pair.theirs)
  const { client, transport } = pair.mine
  await client.collections.asked.update('r', { title: 'mine', text: 'oldest' })
  await client.collections.asked.update('r', { text: 'refused' })
  transport.once('push', (real) => real)
  transport.once(
    'push',
    answering((answer) => ({
      ...answer,
      // Rejected, and the head that includes it is not known yet.
      results: answer.results.map(({ id }) => ({
        id,
        kind: 'rejected',
        code: 'INVALID',
        message: 'It is refused.',
      })),
      page: { ...answer.page, hasMore: true },
    })),
  )
  transport.once('pull', failing(unreachable))
  client.start()
  await untilStatus(client, 'waiting')
  client.pause()
  const { id } = await pair.conflict()
  const receipt = await client.conflicts.resolve(id, 'mine')
  const carrier = await client.operations.get(receipt?.operationId ?? '')
  expect(carrier?.fields).toEqual(['text', 'title'])
})

const removing = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string(), note: z.string().optional() }),
      conflict: fieldMerge(),
      operations: {
        clear: { input: z.null(), apply: ({ id, title }) => ({ id, title }) },
      },
    }),
  },
})

test('mine keeps the removal of an optional field', async () => {
  const server = localServer({ schema: removing })
  await using mine = await openWith(removing, { user: 'me', transport: server('me') })
  await using theirs = await openWith(removing, { user: 'they', transport: server('they') })
  await mine.client.collections.notes.create({ id: 'r', title: 'old', note: 'old' })
  await syncOnce(mine)
  await syncOnce(theirs)
  await theirs.client.collections.notes.update('r', { note: 'theirs' })
  await syncOnce(theirs)
  await mine.client.collections.notes.run.clear('r', null)
  await syncOnce(mine)
  const [open] = await mine.client.conflicts.list()
  expect(open).toMatchObject({
    fields: ['note'],
    mine: { id: 'r', title: 'old' },
    theirs: { note: 'theirs' },
  })
  expect(await mine.client.conflicts.resolve(open?.id ?? '', 'mine')).toBeDefined()
  for (const device of [mine, theirs]) {
    await syncOnce(device)
    expect(await device.client.collections.notes.get('r')).toEqual({ id: 'r', title: 'old' })
  }
})

test('what a later operation has overwritten stays so when an earlier one is told afterwards', async () => {
  const address = { scope, collection: 'asked', recordId: 'r' }
  const store = createStore(await memoryStorage().open('u-1'))
  const open: ConflictEntry = {
    fields: ['title'],
    operations: [1, 3].map((localSeq) => ({ id: `o-${localSeq}`, localSeq, fields: ['text', 'title'] })),
    overwritten: {},
    serverVersion: 2,
    serverData: '{"id":"r"}',
    serverDeleted: false,
    updatedBy: 'they',
    updatedAt: 1,
  }
  const applied = (localSeq: number): Operation => ({
    ...address,
    id: `o-${localSeq}`,
    type: 'update',
    payload: '{"text":"x"}',
    fields: ['text'],
    baseVersion: 1,
    timestamp: localSeq,
    uncorrected: false,
    opVersion: '1.0.0',
    localSeq,
    clientSeq: localSeq,
    status: 'COMPLETED',
    fate: { kind: 'applied', version: 3, lost: [] },
  })
  const overwritten = await store.update(async (workspace) => {
    await workspace.read([{ get: conflictKey(address) }])
    workspace.put(conflictKey(address), conflictEntry.encode(open))
    for (const localSeq of [4, 2]) markOverwritten(workspace, applied(localSeq))
    return conflictEntry.decode(workspace.value(conflictKey(address)) ?? '').overwritten
  })
  expect(overwritten).toEqual({ text: 4 })
  await store.close()
})
