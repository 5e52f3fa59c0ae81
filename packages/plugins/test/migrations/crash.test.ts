import type { StorageAdapter } from '@holdfast/core/storage'
import { expect, test } from 'vitest'
import { copyOf } from '../../../core/test/recovery/world.ts'
import { dyingStorage } from '../../../core/test/support/dying-storage.ts'
import type { AppVersion } from './app.ts'
import { openWorld, sync, todosOf, type AnyClient } from './world.ts'

const count = 230
const idOf = (index: number): string => `t${String(index).padStart(3, '0')}`

/** A device of the first version: records of the server, and operations that wait. */
const filled = async (world: ReturnType<typeof openWorld>): Promise<StorageAdapter> => {
  const device = world.device('ann')
  const client = await device.open('1.0.0')
  const { todos } = client.collections
  await Promise.all(
    Array.from(
      { length: count },
      (_, index) =>
        client.collections['todos']?.create({ id: idOf(index), title: 'a', minutes: index }) ??
        Promise.resolve(),
    ),
  )
  await sync(client)
  await todos?.run['extend']?.(idOf(0), { by: 1 })
  await todos?.update(idOf(99), { minutes: 7 })
  await todos?.create({ id: 'new', title: 'b!' })
  await client.close()
  return device.storage
}

const wanted = (): readonly unknown[] => [
  { id: 'new', name: 'b!', seconds: 0, urgent: false },
  ...Array.from({ length: count }, (_, index) => {
    const minutes = index === 0 ? 1 : index === 99 ? 7 : index
    return { id: idOf(index), name: 'a', seconds: minutes * 60, urgent: false }
  }),
]

const check = async (client: AnyClient): Promise<void> => {
  expect(await todosOf(client)).toEqual(wanted())
  const waiting = await client.operations.list({ status: 'PENDING' })
  expect(waiting.map(({ opVersion }) => opVersion)).toEqual(['2.0.0', '2.0.0', '2.0.0'])
  expect(await client.collections['todos']?.find({ where: { seconds: { gt: 13_600 } } })).toHaveLength(3)
  await client.close()
}

/** Dies at each call of storage that bringing it up makes, and starts again, as a later version too. */
const dieEverywhere = async (versions: readonly [AppVersion, AppVersion]): Promise<number> => {
  const world = openWorld()
  const start = await filled(world)
  const counted = dyingStorage(await copyOf(start, 'ann'))
  const whole = await world.device('ann', counted.storage).open(versions[0])
  const calls = counted.calls()
  await whole.close()
  let deaths = 0
  for (let call = 1; call <= calls; call += 1) {
    for (const side of ['before', 'after'] as const) {
      const storage = await copyOf(start, 'ann')
      const dying = dyingStorage(storage)
      dying.arm({ call, side })
      void world.device('ann', dying.storage).open(versions[0])
      await dying.died
      deaths += 1
      await check(await world.device('ann', storage).open(versions[1]))
    }
  }
  return deaths
}

test('[MG4] a crash at any call of storage: the next start goes on, and nothing is brought up twice', async () => {
  expect(await dieEverywhere(['2.0.0', '2.0.0'])).toBeGreaterThan(20)
})

test('[MG4] [MG5] a crash half way, and then an even newer version: the former goal is reached first', async () => {
  expect(await dieEverywhere(['1.1.0', '2.0.0'])).toBeGreaterThan(20)
})

test('[MG4] the start tells how far it is, in bounded commits', async () => {
  const world = openWorld()
  const storage = await filled(world)
  const told: number[] = []
  let largest = 0
  const watched: StorageAdapter = {
    ...storage,
    async open(name) {
      const database = await storage.open(name)
      return {
        ...database,
        commit(batch) {
          largest = Math.max(largest, batch.writes.length)
          return database.commit(batch)
        },
      }
    },
  }
  const device = world.device('ann', watched)
  await (await device.open('2.0.0', { onMigrating: ({ done }) => told.push(done) })).close()
  expect(told).toEqual([0, 100, 200, 231, 231, 231])
  expect(largest).toBeLessThan(400)
})
