import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { openWorld, sync, todosOf, type AnyClient, type World } from './world.ts'

const asking = { preflight: { afterOperations: 1, onRisk: { HIGH: 'attention' } } } as const

const statusOf = async (client: AnyClient, id: string | undefined): Promise<string | undefined> =>
  id === undefined ? undefined : (await client.operations.get(id))?.status

/** Ben's device has the new app; Ann's does not, and nor have the servers. Both know `a` and `b`. */
const start = async (world: World) => {
  const storage = memoryStorage()
  const [ann, ben] = [world.device('ann'), world.device('ben', storage)]
  const [hers, his] = [await ann.open('1.0.0'), await ben.open('1.0.0')]
  for (const id of ['a', 'b']) await hers.collections['todos']?.create({ id, title: id, minutes: 1 })
  for (const client of [hers, his]) await sync(client)
  await his.close()
  const updated = await ben.open('2.0.0', asking)
  expect(await todosOf(updated)).toMatchObject([{ name: 'a' }, { name: 'b' }])
  return { ben, hers, updated }
}

test('[EN46] what an older server can not foresee waits unsent, over a restart, and is asked about once a newer one does', async () => {
  const world = openWorld()
  const { ben, hers, updated } = await start(world)
  await hers.collections['todos']?.update('a', { title: 'hers' })
  await sync(hers)
  const risky = await updated.collections['todos']?.update('a', { name: 'his' })
  const harmless = await updated.collections['todos']?.update('b', { name: 'his' })
  expect(await sync(updated)).toMatchObject({ status: 'waiting', error: { code: 'SERVER_OLDER' } })
  expect(await statusOf(updated, risky?.operationId)).toBe('PENDING')
  expect(await statusOf(updated, harmless?.operationId)).toBe('PENDING')
  // Nobody is asked about what nobody foresaw, and others are heard.
  expect(await todosOf(updated)).toMatchObject([{ name: 'his' }, { name: 'his' }])
  await hers.collections['todos']?.create({ id: 'c', title: 'news' })
  await sync(hers)
  expect(await sync(updated)).toMatchObject({ status: 'waiting' })
  expect(await todosOf(updated)).toMatchObject([{}, {}, { name: 'news' }])
  await updated.close()

  const again = await ben.open('2.0.0', asking)
  expect(await sync(again)).toMatchObject({ status: 'waiting' })
  expect(await statusOf(again, harmless?.operationId)).toBe('PENDING')
  world.run('2.0.0')
  expect(await sync(again)).toMatchObject({
    status: 'attention',
    total: 1,
    entities: [{ collection: 'todos', id: 'a', risk: 'HIGH', fields: ['name'], reason: 'asks' }],
  })
  expect(await statusOf(again, harmless?.operationId)).toBe('COMPLETED')
  expect(await statusOf(again, risky?.operationId)).toBe('PENDING')
  await again.confirm()
  expect(await sync(again)).toMatchObject({ status: 'synced', conflicts: 1 })
  for (const client of [hers, again]) await client.close()
})

test('[EN46] the word for what was foreseen is none for what an older server did not foresee', async () => {
  const world = openWorld()
  const { hers, updated } = await start(world)
  await hers.collections['todos']?.update('a', { title: 'hers' })
  await sync(hers)
  world.run('2.0.0')
  await updated.collections['todos']?.update('a', { name: 'his' })
  expect(await sync(updated)).toMatchObject({ status: 'attention', total: 1, entities: [{ id: 'a' }] })
  world.run('1.0.0')
  const unforeseen = await updated.collections['todos']?.update('b', { name: 'his' })
  await hers.collections['todos']?.update('b', { title: 'hers' })
  await sync(hers)
  expect(await sync(updated)).toMatchObject({ status: 'attention', total: 1, entities: [{ id: 'a' }] })
  await updated.confirm()
  world.run('2.0.0')
  expect(await sync(updated)).toMatchObject({ status: 'attention', total: 2 })
  expect(await statusOf(updated, unforeseen?.operationId)).toBe('PENDING')
  await updated.confirm()
  expect(await sync(updated)).toMatchObject({ status: 'synced', conflicts: 2 })
  for (const client of [hers, updated]) await client.close()
})

test('[EN46] where nothing ever waits for a risk, what an older server can not foresee is sent as ever', async () => {
  const world = openWorld()
  const { ben, updated, hers } = await start(world)
  await updated.close()
  const bold = await ben.open('2.0.0', { preflight: { afterOperations: 1 } })
  const sent = await bold.collections['todos']?.update('a', { name: 'his' })
  expect(await bold.preflight()).toMatchObject({
    conflictRisk: 'HIGH',
    action: 'UPGRADE_REQUIRED',
    entities: [{ id: 'a', risk: 'HIGH', reason: 'server_older' }],
  })
  expect(await sync(bold)).toMatchObject({ status: 'waiting' })
  expect(await statusOf(bold, sent?.operationId)).toBe('SENT')
  world.run('2.0.0')
  expect(await sync(bold)).toMatchObject({ status: 'synced' })
  for (const client of [hers, bold]) await client.close()
})
