import { collection, createSyncClient, defineSchema, type Portable } from '@holdfast/core'
import { encodePortable, type Result, type WireOperation } from '@holdfast/core/protocol'
import { jsonEdit, otJson, otText, textEdit } from '@holdfast/plugins/ot'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failure } from '../../packages/core/test/support/failure.ts'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { createOperation, pushOf, rawTransport, signal } from '../harness/raw-push.ts'
import { scope } from '../harness/server.ts'
import { openWorld, type World } from '../harness/world.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({ fields: z.object({ id: z.string(), body: otText(), board: otJson(z.unknown()) }) }),
  },
})

const created = (id: string, clientSeq: number): WireOperation =>
  createOperation(id, {
    clientSeq,
    collection: 'notes',
    payload: encodePortable({
      id,
      $deltas: {
        body: { at: 0, previous: null, operation: ['hello'] },
        board: { at: 0, previous: null, operation: [{ i: { count: 1 } }] },
      },
    }),
  })

const changed = (deltas: Portable, clientSeq: number): WireOperation =>
  createOperation('n', {
    id: `op-${clientSeq}`,
    clientSeq,
    collection: 'notes',
    type: 'update',
    baseVersion: 1,
    payload: encodePortable({ $deltas: deltas }),
  })

const body = (operation: Portable, context: { readonly at?: number; readonly previous?: Portable } = {}) => ({
  body: { at: 1, previous: null, ...context, operation },
})
const board = (operation: Portable) => ({ board: { at: 1, previous: null, operation } })

const kindOf = (result: Result): string =>
  result.kind === 'rejected' ? `rejected ${result.code}` : result.kind

const push = async (world: World, operations: readonly WireOperation[]): Promise<readonly string[]> => {
  const answer = await rawTransport(world, 'raw').push(pushOf(operations), { signal })
  if (!('results' in answer)) throw new Error(JSON.stringify(answer))
  return answer.results.map(kindOf)
}

const openClient = (world: World) =>
  createSyncClient({
    schema,
    user: 'reader',
    storage: memoryStorage(),
    transport: rawTransport(world, 'reader'),
    scopes: [scope],
    autoStart: false,
  })

const wrong: readonly (readonly [deltas: Portable, ends: string])[] = [
  [{ body: null }, 'rejected INVALID'],
  [{ body: 'text' }, 'rejected INVALID'],
  [{ body: ['x'] }, 'rejected INVALID'],
  [{ body: { operation: ['x'] } }, 'rejected INVALID'],
  [body({ d: 1 }), 'rejected INVALID'],
  [body([true]), 'rejected INVALID'],
  [body([1_000_000_000, 'x']), 'rejected INVALID'],
  [body([6, 'x']), 'rejected INVALID'],
  [
    board([
      ['constructor', { p: 0 }],
      ['x', { d: 0 }],
    ]),
    'rejected INVALID',
  ],
  [board(['count', { ena: 'x' }]), 'rejected INVALID'],
  [board(['nothing', { r: true }]), 'rejected INVALID'],
  // A version that never was, before the first one and after the last one.
  [body(['x'], { at: -1 }), 'rejected INVALID'],
  [body(['x'], { at: 1_000 }), 'rejected INVALID'],
  // An operation that never was: it may have been refused, and its author's device makes this one again.
  [body(['x'], { previous: 'nobody' }), 'rebase'],
]

test.each(databaseNames)(
  '[OT06] [P08] %s: what is no operation, or builds on no version that was, ends alone, and what fits is applied',
  async (database) => {
    await using world = await openWorld({ schema, database })
    const operations = [
      created('n', 1),
      ...wrong.map(([deltas], index) => changed(deltas, index + 2)),
      changed({ ...body([5, '!']), ...board(['count', { ena: 1 }]) }, wrong.length + 2),
      created('m', wrong.length + 3),
    ]
    const ends = ['applied', ...wrong.map(([, end]) => end), 'applied', 'applied']
    expect(await push(world, operations)).toEqual(ends)
    const client = await openClient(world)
    client.start()
    await client.syncNow()
    expect(await client.collections.notes.find()).toEqual([
      { id: 'm', body: 'hello', board: { count: 1 } },
      { id: 'n', body: 'hello!', board: { count: 2 } },
    ])
    await client.close()
  },
)

test('[OT06] [P08] an operation of 5 MB is refused, one of 70 kB is too large for a payload, and the server goes on', async () => {
  await using world = await openWorld({ schema })
  const transport = rawTransport(world, 'raw')
  const large = changed(body(['x'.repeat(5_000_000)]), 2)
  await failure(transport.push(pushOf([created('n', 1), large]), { signal }), 'TOO_LARGE')
  const medium = changed(body(['x'.repeat(70_000)]), 2)
  const fits = changed(body([5, '!']), 3)
  expect(await push(world, [created('n', 1), medium, fits])).toEqual([
    'applied',
    'rejected TOO_LARGE',
    'applied',
  ])
})

test('[OT06] on a device each of them is refused at the write, and nothing of it is queued', async () => {
  await using world = await openWorld({ schema })
  const client = await openClient(world)
  const { notes } = client.collections
  await notes.create({ id: 'n', body: 'hello', board: { count: 1 } })
  await failure(notes.update('n', { body: textEdit([6, 'x']) }), 'INVALID')
  await failure(notes.update('n', { body: textEdit([true] as never) }), 'INVALID')
  await failure(notes.update('n', { body: 'x'.repeat(5_000_000) }), 'TOO_LARGE')
  await failure(notes.update('n', { board: jsonEdit(['count', { ena: 'x' as never }]) }), 'INVALID')
  await failure(notes.update('n', { board: { at: new Date(0) } }), 'INVALID')
  await notes.update('n', { body: textEdit([5, '!']), board: jsonEdit(['count', { ena: 1 }]) })
  expect(await client.operations.list()).toHaveLength(2)
  client.start()
  expect(await client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await notes.get('n')).toMatchObject({ body: 'hello!', board: { count: 2 } })
  await client.close()
})
