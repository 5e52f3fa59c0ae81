import { encodePortable } from '@holdfast/core/protocol'
import { migrations } from '@holdfast/plugins/migrations'
import { memoryServerStore } from '@holdfast/server/testing'
import { expect, test } from 'vitest'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { third, toThird } from './app.ts'
import { openWorld, sync, todosOf, type AnyClient } from './world.ts'

const rowOf = async (world: ReturnType<typeof openWorld>, id: string) => {
  const store = memoryServerStore({ state: world.state })
  const [row] = await store.read(scope, (tx) => tx.records([{ collection: 'todos', id }]))
  return row
}

const syncAll = async (...clients: readonly AnyClient[]): Promise<void> => {
  for (let round = 0; round < 2; round += 1) for (const client of clients) await sync(client)
}

test('[MG13] a row is brought up when it is read, and stored so when it is written; devices of both shapes agree', async () => {
  const world = openWorld()
  const [ann, ben] = [world.device('ann'), world.device('ben')]
  const [hers, his] = [await ann.open('1.0.0'), await ben.open('1.0.0')]
  for (const id of ['a', 'b']) await hers.collections['todos']?.create({ id, title: `${id}!`, minutes: 1 })
  await syncAll(hers, his)
  await his.close()

  world.run('1.1.0')
  const updated = await ben.open('1.1.0')
  await syncAll(updated)
  expect((await rowOf(world, 'a'))?.schemaVersion).toBeUndefined()
  expect(await todosOf(updated)).toEqual([
    { id: 'a', title: 'a!', minutes: 1, urgent: true },
    { id: 'b', title: 'b!', minutes: 1, urgent: true },
  ])
  // Written by a device that does not know the new field, which the migration gives its value.
  await hers.collections['todos']?.update('a', { title: 'calm' })
  await syncAll(hers, updated)
  expect(await rowOf(world, 'a')).toMatchObject({
    schemaVersion: '1.1.0',
    data: { title: 'calm', minutes: 1, urgent: true },
  })
  expect((await rowOf(world, 'b'))?.schemaVersion).toBeUndefined()
  await updated.collections['todos']?.update('a', { minutes: 9 })
  await syncAll(updated, hers)
  expect(await todosOf(updated)).toMatchObject([{ id: 'a', title: 'calm', minutes: 9, urgent: true }, {}])
  expect(await todosOf(hers)).toMatchObject([{ id: 'a', title: 'calm', minutes: 9 }, {}])
  await hers.close()

  // What came from a newer server is not brought up a second time.
  const again = await ann.open('1.1.0')
  expect(await todosOf(again)).toEqual(await todosOf(updated))
  await syncAll(again, updated)
  expect(await todosOf(again)).toEqual(await todosOf(updated))
  await again.close()
  await updated.close()
})

test('[MG13] what an older server wrote after a device came up travels whole: fields that follow from others follow', async () => {
  const world = openWorld()
  const [ann, ben] = [world.device('ann'), world.device('ben')]
  const [hers, his] = [await ann.open('1.0.0'), await ben.open('1.0.0')]
  await hers.collections['todos']?.create({ id: 'a', title: 'start!', minutes: 1 })
  await syncAll(hers, his)
  await his.close()
  const updated = await ben.open('1.1.0')
  await hers.collections['todos']?.update('a', { title: 'calm' })
  await sync(hers)
  world.run('1.1.0')
  await sync(updated)
  expect(await todosOf(updated)).toEqual([{ id: 'a', title: 'calm', minutes: 1, urgent: false }])
  await hers.close()
  await updated.close()
})

test('[MG14] a field under a new name is judged by what was known of the old one', async () => {
  const world = openWorld()
  const [ann, ben] = [world.device('ann'), world.device('ben')]
  const [hers, his] = [await ann.open('1.0.0'), await ben.open('1.0.0')]
  await hers.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await syncAll(hers, his)
  await hers.collections['todos']?.update('a', { title: 'hers' })
  await sync(hers)
  await his.collections['todos']?.update('a', { title: 'his' })
  await his.collections['todos']?.update('a', { minutes: 5 })
  await his.close()
  await hers.close()
  world.run('2.0.0')
  const updated = await ben.open('2.0.0')
  expect(await sync(updated)).toMatchObject({ status: 'synced', conflicts: 1 })
  expect(await updated.conflicts.list()).toMatchObject([
    { fields: ['name'], mine: { name: 'his' }, theirs: { name: 'hers', seconds: 300 } },
  ])
  await updated.close()
})

test('[MG15] an older server: what it does not know waits, and it asks nobody; the newer one decides', async () => {
  const world = openWorld()
  const [ann, ben] = [world.device('ann'), world.device('ben')]
  const [old, minor, major] = [
    await ann.open('1.0.0'),
    await ben.open('1.1.0'),
    await world.device('cyd').open('2.0.0'),
  ]
  await old.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await syncAll(old, minor, major)
  expect(await todosOf(minor)).toEqual([{ id: 'a', title: 'start', minutes: 1, urgent: false }])
  expect(await todosOf(major)).toEqual([{ id: 'a', name: 'start', seconds: 60, urgent: false }])

  await old.collections['todos']?.update('a', { title: 'by the old one' })
  await sync(old)
  // A question; a field that is not known; what fits; another major.
  await minor.collections['todos']?.update('a', { title: 'by the newer one' })
  await minor.collections['todos']?.create({ id: 'fits', title: 'fits' })
  await minor.collections['todos']?.create({ id: 'urgent', title: 'fits not', urgent: true })
  await major.collections['todos']?.create({ id: 'major', name: 'of another major' })
  await major.collections['todos']?.update('a', { urgent: true })
  expect(await sync(minor)).toMatchObject({ status: 'waiting' })
  expect(await sync(major)).toMatchObject({ status: 'waiting' })
  for (const client of [minor, major]) {
    expect(await client.deadLetters.list()).toEqual([])
    expect(await client.conflicts.list()).toEqual([])
  }
  expect(await rowOf(world, 'urgent')).toBeUndefined()
  expect(await rowOf(world, 'a')).toMatchObject({ version: 2 })

  world.run('2.0.0')
  await minor.close()
  const updated = await ben.open('2.0.0')
  expect(await sync(updated)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 1 })
  expect(await sync(major)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect((await todosOf(major)).map((todo) => (todo as { id: string }).id)).toEqual([
    'a',
    'fits',
    'major',
    'urgent',
  ])
  for (const client of [old, updated, major]) await client.close()
})

test('[MG15] an older server that shares the database decides nothing about what a newer major wrote', async () => {
  const world = openWorld()
  const [ann, ben] = [world.device('ann'), world.device('ben')]
  const old = await ann.open('1.1.0')
  world.run('1.1.0')
  await old.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await sync(old)
  world.run('2.0.0')
  const newer = await ben.open('2.0.0')
  await sync(newer)
  await newer.collections['todos']?.update('a', { seconds: 120 })
  await sync(newer)

  world.run('1.1.0')
  await old.collections['todos']?.update('a', { title: 'renamed' })
  expect(await sync(old)).toMatchObject({ status: 'blocked', error: { code: 'UPGRADE_REQUIRED' } })
  expect(await rowOf(world, 'a')).toMatchObject({
    schemaVersion: '2.0.0',
    data: { name: 'start', seconds: 120 },
  })
  expect(await old.operations.list({ status: 'SENT' })).toHaveLength(1)
  await old.close()

  world.run('2.0.0')
  const updated = await ann.open('2.0.0')
  expect(await sync(updated)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
  await sync(newer)
  for (const client of [updated, newer])
    expect(await todosOf(client)).toEqual([{ id: 'a', name: 'renamed', seconds: 120, urgent: false }])
  await updated.close()
  await newer.close()
})

test('[MG15] an operation of a newer major waits also where it seems to fit', async () => {
  const world = openWorld()
  world.run('1.1.0')
  const [old, major] = [await world.device('ann').open('1.1.0'), await world.device('ben').open('2.0.0')]
  await old.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await syncAll(old, major)
  await major.collections['todos']?.update('a', { urgent: true })
  expect(await sync(major)).toMatchObject({ status: 'waiting' })
  expect(await rowOf(world, 'a')).toMatchObject({ version: 1, data: { urgent: false } })
  world.run('2.0.0')
  expect(await sync(major)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await rowOf(world, 'a')).toMatchObject({ version: 2, data: { urgent: true, name: 'start' } })
  await old.close()
  await major.close()
})

test('[MG16] a device of an older major is told to update: nothing is decided, its queue is kept', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const old = await device.open('1.1.0')
  world.run('2.0.0')
  await old.collections['todos']?.create({ id: 'a', title: 'waits', minutes: 1 })
  expect(await sync(old)).toMatchObject({
    status: 'blocked',
    error: { code: 'UPGRADE_REQUIRED', details: { side: 'client' } },
  })
  expect(await rowOf(world, 'a')).toBeUndefined()
  await old.close()
  const updated = await device.open('2.0.0')
  expect(await sync(updated)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await rowOf(world, 'a')).toMatchObject({ data: { name: 'waits', seconds: 60 } })
  await updated.close()
})

test('[MG16] an operation that is older than all steps waits, and is decided once they reach back', async () => {
  const world = openWorld()
  const store = memoryServerStore({ state: world.state })
  const short = localServer({ schema: third, store, plugins: [migrations([toThird])] })('ann')
  const push = (transport: typeof short) =>
    transport.push(
      {
        protocol: 3,
        clientId: 'device',
        instance: { acknowledged: 'i', candidate: 'i' },
        scope,
        cursor: '',
        batchId: 'batch',
        operations: [
          {
            ...{ id: 'op-1', clientSeq: 1, collection: 'todos', recordId: 'a', type: 'create' },
            payload: encodePortable({ id: 'a', title: 'old', minutes: 2 }),
            ...{ baseVersion: 0, timestamp: 1, opVersion: '1.0.0' },
          },
        ],
      },
      { signal: new AbortController().signal },
    )
  expect((await push(short)).results).toMatchObject([{ kind: 'retry', code: 'UPGRADE_REQUIRED' }])
  world.run('2.0.0')
  expect((await push(world.transport('ann'))).results).toMatchObject([{ kind: 'applied' }])
  expect(await rowOf(world, 'a')).toMatchObject({ data: { name: 'old', seconds: 120 } })
})
