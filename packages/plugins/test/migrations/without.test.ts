import type { StorageAdapter } from '@holdfast/core/storage'
import { hasCode } from '@holdfast/core'
import { expect, test } from 'vitest'
import { dyingStorage } from '../../../core/test/support/dying-storage.ts'
import { openWorld, sync, todosOf, type AnyClient } from './world.ts'

const count = 120

/** A device of the first version, with records of the server, and an operation that waits. */
const filled = async (world: ReturnType<typeof openWorld>): Promise<StorageAdapter> => {
  const device = world.device('ann')
  const client = await device.open('1.0.0')
  const { todos } = client.collections
  for (let index = 0; index < count; index += 1)
    await todos?.create({ id: `t${String(index).padStart(3, '0')}`, title: 'a', minutes: index })
  await sync(client)
  await todos?.update('t007', { minutes: 70 })
  await client.close()
  return device.storage
}

const wanted = Array.from({ length: count }, (_, index) => ({
  id: `t${String(index).padStart(3, '0')}`,
  name: 'a',
  seconds: (index === 7 ? 70 : index) * 60,
  urgent: false,
}))

const isHalfWay = async (storage: StorageAdapter): Promise<boolean> => {
  const database = await storage.open('ann')
  const [migration] = await database.read([{ get: 'migration' }])
  await database.close()
  return migration !== undefined
}

const withoutPlugins = { plugins: [] }

/** It starts, shows what the server has once it was heard, and its operation arrives. */
const check = async (client: AnyClient): Promise<void> => {
  expect(await client.operations.list({ status: 'PENDING' })).toHaveLength(1)
  expect(await sync(client)).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
  expect(await todosOf(client)).toEqual(wanted)
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(count + 1)
  await client.close()
}

test('[MG19] a migration that stopped anywhere, and then no plugin: all is fetched anew, and nothing is lost', async () => {
  const counting = openWorld()
  const counted = dyingStorage(await filled(counting))
  await (await counting.device('ann', counted.storage).open('2.0.0')).close()
  const calls = counted.calls()
  let halfWay = 0
  for (let call = 1; call <= calls; call += 1) {
    const world = openWorld()
    const storage = await filled(world)
    const dying = dyingStorage(storage)
    dying.arm({ call, side: 'after' })
    void world.device('ann', dying.storage).open('2.0.0')
    await dying.died
    world.run('2.0.0')
    if (!(await isHalfWay(storage))) continue
    halfWay += 1
    await check(await world.device('ann', storage).open('2.0.0', withoutPlugins))
  }
  expect(halfWay).toBeGreaterThan(2)
})

test('[MG3] [MG6] the version rises without a plugin too, and older code stays out', async () => {
  const device = openWorld().device('ann')
  const before = await device.open('1.0.0')
  await before.collections['todos']?.create({ id: 'a', title: 'kept' })
  const told: unknown[] = []
  const after = await device.open('1.1.0', {
    ...withoutPlugins,
    onMigrating: (progress) => told.push(progress),
  })
  expect(told).toEqual([{ from: '1.0.0', to: '1.1.0', done: 0 }])
  const refused: unknown = await before.collections['todos']
    ?.update('a', { title: 'late' })
    .catch((error: unknown) => error)
  expect(hasCode(refused, 'UPGRADE_REQUIRED') && refused.details.side).toBe('client')
  await before.close()
  expect(await todosOf(after)).toMatchObject([{ id: 'a', title: 'kept' }])
  await after.close()
  const again: unknown = await device.open('1.0.0').catch((error: unknown) => error)
  expect(hasCode(again, 'UPGRADE_REQUIRED')).toBe(true)
})
