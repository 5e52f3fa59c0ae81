import { expect, test } from 'vitest'
import { copyOf } from '../../../core/test/recovery/world.ts'
import { openWorld, sync, todosOf, type AnyClient } from './world.ts'

const letters = async (client: AnyClient): Promise<readonly unknown[]> =>
  (await client.operations.list()).flatMap(({ fate }) => ('code' in fate ? [fate.code] : []))

/** Two devices with one queue; one of them sends it, then the other one, which runs the new app. */
const twice = async (meanwhile: (bob: AnyClient) => Promise<unknown>) => {
  const world = openWorld()
  const device = world.device('ann')
  const before = await device.open('1.0.0')
  await before.collections['todos']?.create({ id: 'a', title: 'a', minutes: 1 })
  await sync(before)
  await before.collections['todos']?.update('a', { minutes: 3 })
  await before.close()
  const copied = await copyOf(device.storage, 'ann')

  const bob = await world.device('bob').open('1.0.0')
  await sync(bob)
  await meanwhile(bob)
  await sync(bob)
  await bob.close()

  const original = await device.open('1.0.0')
  await sync(original)
  const asked = await original.operations.list({ status: 'CONFLICT' })
  await original.close()
  world.run('2.0.0')
  const copy = await world.device('ann', copied).open('2.0.0')
  await sync(copy)
  return { asked: asked.length, copy }
}

test('[RC27] [BK10] what a copy applied is applied for the other one, which says it in the words of a newer app', async () => {
  const { copy } = await twice(async () => undefined)
  expect(await letters(copy)).toEqual([])
  expect(await copy.operations.list({ status: 'COMPLETED' })).toHaveLength(2)
  expect(await todosOf(copy)).toEqual([{ id: 'a', name: 'a', seconds: 180, urgent: false }])
  await copy.close()
})

test('[RC27] where the server asked the one about it, the other one is told of another operation, and can make it again', async () => {
  const { asked, copy } = await twice(async (bob) => bob.collections['todos']?.update('a', { minutes: 5 }))
  expect(asked).toBe(1)
  expect(await letters(copy)).toEqual(['PAYLOAD_MISMATCH'])
  expect(await todosOf(copy)).toEqual([{ id: 'a', name: 'a', seconds: 300, urgent: false }])
  const [letter] = await copy.deadLetters.list()
  await copy.deadLetters.retry(letter?.id ?? '')
  expect(await sync(copy)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await todosOf(copy)).toEqual([{ id: 'a', name: 'a', seconds: 180, urgent: false }])
  await copy.close()
})
