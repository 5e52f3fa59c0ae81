import { collection, createSyncClient, defineSchema, lastWriteWins } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const scopes = ['team-1', 'team-2']
const server = (options: Parameters<typeof localServer>[0] = {}) =>
  localServer({ scopes: () => [...scopes, 'team-3'], ...options })

/** In which of the scopes the record stands on the device, as the app can tell. */
const placesOf = async (device: TestClient, id: string): Promise<readonly unknown[]> => {
  const found = await device.client.collections.tasks.find({ where: { id } })
  return found.map(({ title }) => title)
}

const settle = async (device: TestClient): Promise<void> => {
  await sync(device)
  await untilStatus(device.client, 'synced')
}

const openMoved = async () => {
  const as = server()
  const mine = await openClient({ scopes: ['team-1'], transport: as('u-1') })
  await mine.client.collections.tasks.create({ id: 't', title: 'first' })
  await settle(mine)
  await mine.client.scopes.join('team-2')
  await settle(mine)
  return { as, mine }
}

test('[CL60] a moved record is shown all the time, and is in its new scope in the end', async () => {
  const { as, mine } = await openMoved()
  const seen: unknown[] = []
  mine.client.collections.tasks.get$('t').subscribe((task) => seen.push(task?.title))
  await mine.client.collections.tasks.move('t', 'team-2')
  expect(await placesOf(mine, 't')).toEqual(['first'])
  await settle(mine)
  expect(await placesOf(mine, 't')).toEqual(['first'])
  expect(new Set(seen)).toEqual(new Set(['first']))

  const inOld = await openClient({ user: 'u-2', scopes: ['team-1'], transport: as('u-2') })
  await settle(inOld)
  expect(await placesOf(inOld, 't')).toEqual([])
  const inNew = await openClient({ user: 'u-3', scopes: ['team-2'], transport: as('u-3') })
  await settle(inNew)
  expect(await placesOf(inNew, 't')).toEqual(['first'])

  await mine.client.collections.tasks.update('t', { title: 'there' })
  await settle(mine)
  await settle(inNew)
  expect(await placesOf(inNew, 't')).toEqual(['there'])
})

test('[CL61] on its way a record can not be changed, nor can one with an open conflict go', async () => {
  const { mine } = await openMoved()
  await mine.client.collections.tasks.move('t', 'team-2')
  const error = await failure(mine.client.collections.tasks.update('t', { title: 'no' }), 'INVALID')
  expect(error.details).toMatchObject({ reason: 'moving' })
  await failure(mine.client.collections.tasks.move('t', 'team-2'), 'INVALID')
})

test('[CL61] a move to where it is, or of nothing, is refused', async () => {
  const { mine } = await openMoved()
  await failure(mine.client.collections.tasks.move('t', 'team-1'), 'INVALID')
  await failure(mine.client.collections.tasks.move('nothing', 'team-2'), 'NOT_FOUND')
  expect(await mine.client.operations.list({ status: 'PENDING' })).toEqual([])
})

test('[AP29] an edit by somebody who had not seen the move is rejected as MOVED, and never revives it', async () => {
  const { as, mine } = await openMoved()
  const other = await openClient({ user: 'u-2', scopes: ['team-1'], transport: as('u-2') })
  await settle(other)
  other.client.pause()
  await other.client.collections.tasks.update('t', { title: 'late' })
  await mine.client.collections.tasks.move('t', 'team-2')
  await settle(mine)
  await settle(other)
  const [letter] = await other.client.deadLetters.list()
  expect(letter?.fate).toMatchObject({ kind: 'rejected', code: 'MOVED' })
  expect(await placesOf(other, 't')).toEqual([])
  await settle(mine)
  expect(await placesOf(mine, 't')).toEqual(['first'])
})

test('[AP29] both sides must allow it', async () => {
  const denied = server({ authorize: ({ scope, action }) => action !== 'move' || scope !== 'team-2' })
  const mine = await openClient({ scopes: ['team-1'], transport: denied('u-1') })
  await mine.client.collections.tasks.create({ id: 't', title: 'first' })
  await mine.client.collections.tasks.move('t', 'team-2')
  await settle(mine)
  const [letter] = await mine.client.deadLetters.list()
  expect(letter?.fate).toMatchObject({ kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' })
  expect(await placesOf(mine, 't')).toEqual(['first'])

  const unreadable = server({ scopes: () => ['team-1'] })
  const alone = await openClient({ scopes: ['team-1'], transport: unreadable('u-1') })
  await alone.client.collections.tasks.create({ id: 't', title: 'first' })
  await alone.client.collections.tasks.move('t', 'team-2')
  await settle(alone)
  expect((await alone.client.deadLetters.list())[0]?.fate).toMatchObject({ code: 'FORBIDDEN_OR_MISSING' })
})

test('[CL62] a record goes there and back, and its version never restarts', async () => {
  const { mine } = await openMoved()
  const versions: number[] = []
  for (const to of ['team-2', 'team-1', 'team-2', 'team-1']) {
    const { operationId } = await mine.client.collections.tasks.move('t', to)
    await settle(mine)
    const { fate } = await mine.client.operations.settled(operationId)
    versions.push(fate.kind === 'applied' ? fate.version : 0)
    expect(await placesOf(mine, 't')).toEqual(['first'])
  }
  expect(versions).toEqual([2, 3, 4, 5])
})

test('[CL63] fields that the scope function reads change on the way', async () => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      notes: collection({
        fields: z.object({ id: z.string(), team: z.string(), text: z.string() }),
        conflict: lastWriteWins(),
        scope: ({ team }) => team,
      }),
    },
  })
  const transport = localServer({ schema, scopes: () => scopes })('u-1')
  const options = { schema, user: 'u-1', storage: memoryStorage(), transport, autoStart: false }
  const client = await createSyncClient({ ...options, scopes, environment: manualEnvironment() })
  const { notes } = client.collections
  await notes.create({ id: 'n', team: 'team-1', text: 'hello' })
  await failure(notes.move('n', 'team-2'), 'INVALID')
  await notes.move('n', 'team-2', { team: 'team-2' })
  client.start()
  await client.syncNow()
  await untilStatus(client, 'synced')
  expect(await notes.find()).toEqual([{ id: 'n', team: 'team-2', text: 'hello' }])
  await client.close()
})
