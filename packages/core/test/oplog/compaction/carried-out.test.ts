import { SyncError, type CompactableRecord, type Fold, type SyncEvent } from '@holdfast/core'
import { expect, test } from 'vitest'
import { referencesOf } from '../../../src/model/references.ts'
import { openClient, sync } from '../../support/client.ts'
import { openPair } from '../../support/pair.ts'
import { schema } from '../../support/schema.ts'
import { localServer, scope } from '../../support/transports.ts'
import { fatesOf, folding, foldOf, intoNewest } from './folding.ts'

type Problem = Extract<SyncEvent, { readonly type: 'problem' }>

const updatesOnly = (record: CompactableRecord): readonly Fold[] => {
  const updates = record.operations.filter(({ type }) => type === 'update')
  return updates.length < 2 ? [] : [foldOf(updates)]
}

test('[CP8] what was folded says into what, and what is shown stays the same', async () => {
  const { plugin, compact } = folding(updatesOnly)
  await using device = await openClient({ plugins: [plugin] })
  const { client } = device
  const { tasks } = client.collections
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))
  await tasks.create({ id: 'r', title: 'one' })
  const first = await tasks.update('r', { title: 'two' })
  await tasks.create({ id: 's', title: 'stays' })
  const second = await tasks.update('r', { text: 'three' })
  const last = await tasks.update('r', { title: 'four' })
  const shown = await tasks.find({ orderBy: { id: 'asc' } })

  expect(await compact()).toBe(2)
  expect(await tasks.find({ orderBy: { id: 'asc' } })).toEqual(shown)
  for (const { operationId } of [first, second])
    expect((await client.operations.get(operationId))?.fate).toEqual({
      kind: 'superseded',
      by: last.operationId,
    })
  expect(await client.operations.get(last.operationId)).toMatchObject({
    type: 'update',
    payload: '{"title":"four","text":"three"}',
    fields: ['text', 'title'],
    status: 'PENDING',
  })
  expect(events).toContainEqual({
    ...{ type: 'compacted', scope, trigger: 'threshold', before: 5, folded: 2 },
    at: expect.any(Number) as number,
  })
  expect(await compact({ record: { collection: 'tasks', recordId: 'r' } })).toBe(0)

  await sync(device)
  expect(await fatesOf(device)).toEqual({ applied: 3, superseded: 2 })
  expect(await tasks.find({ orderBy: { id: 'asc' } })).toEqual(shown)
})

test('[CP8] what becomes nothing is cancelled, and the record is gone without a request', async () => {
  const { plugin, compact, asked } = folding(({ operations }) => [
    { kind: 'nothing', operations: operations.map(({ id }) => id) },
  ])
  await using device = await openClient({ plugins: [plugin] })
  const { latest: tasks } = device.client.collections
  await tasks.create({ id: 'r', title: 'one' })
  await tasks.update('r', { title: 'two' })
  await tasks.delete('r')
  expect(await compact()).toBe(3)
  expect(asked).toMatchObject([{ isPrivate: true, recordId: 'r' }])
  expect(await fatesOf(device)).toEqual({ cancelled: 3 })
  expect(await tasks.get('r')).toBeUndefined()
  expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(device.transport.calls).not.toContain('push')
  await tasks.create({ id: 'r', title: 'again' })
  expect(await device.client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
})

test("[CP7] a record is nobody else's only where the server never had it and no collection refers to its kind", async () => {
  const { plugin, compact, asked } = folding(() => [])
  await using pair = await openPair('asked', { plugins: [plugin] })
  const { asked: known, tasks, parts } = pair.mine.client.collections
  for (const title of ['one', 'two']) await known.update('r', { title })
  await tasks.create({ id: 'whole', title: 'one' })
  await tasks.update('whole', { title: 'two' })
  await parts.create({ id: 'part', title: 'one', task: 'whole' })
  await parts.update('part', { title: 'two' })
  await compact()
  expect(asked.map(({ recordId, isPrivate }) => [recordId, isPrivate])).toEqual([
    ['r', false],
    ['whole', false],
    ['part', true],
  ])
})

test('[CP6] what was sent is not offered, nor what waits in a conflict or for the server', async () => {
  const { plugin, compact, asked } = folding(() => [])
  let busy = false
  const server = localServer({
    authorize({ after }) {
      if (busy && after?.['title'] === 'waits') throw new SyncError('SERVER_FAILED', 'It is closed.', {})
      return true
    },
  })
  await using pair = await openPair('asked', { ids: ['disputed', 'held', 'sent'], server, plugins: [plugin] })
  const { mine, theirs } = pair
  const { asked: records } = mine.client.collections
  await theirs.client.collections.asked.update('disputed', { title: 'theirs' })
  await records.update('disputed', { title: 'mine' })
  await pair.meet()
  expect(await mine.client.conflicts.list()).toHaveLength(1)

  busy = true
  await records.update('held', { title: 'waits' })
  await records.update('sent', { title: 'waits' })
  mine.client.start()
  await mine.client.syncNow()
  mine.client.pause()
  for (const recordId of ['disputed', 'held', 'sent'])
    for (const text of ['one', 'two', 'three']) await records.update(recordId, { text })
  const earlier = asked.length
  await compact()
  const offered = asked.slice(earlier).flatMap(({ operations }) => operations)
  expect(offered.filter(({ recordId }) => recordId === 'disputed')).toEqual([])
  expect(offered.filter(({ status, clientSeq }) => status !== 'PENDING' || clientSeq !== undefined)).toEqual(
    [],
  )
})

test('[CP3] what a put refers to is known', () => {
  const part = { collection: 'parts', payload: '{"task":"t","title":"new","$ages":{"task":20}}' }
  for (const type of ['create', 'update', 'put'])
    expect(referencesOf(schema, { ...part, type })).toEqual([{ collection: 'tasks', id: 't' }])
})

const failures: readonly (readonly [string, (record: CompactableRecord) => readonly Fold[], string])[] = [
  [
    'throws',
    () => {
      throw new Error('no luck')
    },
    'PLUGIN_FAILED',
  ],
  ['folds what it must not', ({ operations }) => [foldOf(operations.toReversed())], 'INVALID'],
  ['forgets a value', ({ operations }) => [foldOf(operations, { payload: '{}' })], 'INVALID'],
  ['folds what is not there', (record) => [...intoNewest(record), ...intoNewest(record)], 'INVALID'],
  [
    'makes what is too large',
    ({ operations }) => [foldOf(operations, { payload: JSON.stringify({ title: 'x'.repeat(70_000) }) })],
    'TOO_LARGE',
  ],
]

test.each(failures)('[CP11] a hook that %s folds nothing and is told', async (_, decide, code) => {
  const { plugin, compact } = folding(decide)
  await using device = await openClient({ plugins: [plugin] })
  const { client } = device
  const problems: Problem[] = []
  client.events$.subscribe((event) => {
    if (event.type === 'problem') problems.push(event)
  })
  await client.collections.tasks.create({ id: 'r', title: 'one' })
  await sync(device)
  client.pause()
  for (const title of ['two', 'three', 'four']) await client.collections.tasks.update('r', { title })
  expect(await compact()).toBe(0)
  expect(problems).toMatchObject([{ error: { code } }])
  expect(await fatesOf(device)).toEqual({ applied: 1, pending: 3 })

  // It is asked again before the run sends, and everything is sent all the same.
  expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(problems).toHaveLength(2)
  expect(await fatesOf(device)).toEqual({ applied: 4 })
  expect(await client.collections.tasks.get('r')).toMatchObject({ title: 'four' })
})
