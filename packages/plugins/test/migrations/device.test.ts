import { hasCode } from '@holdfast/core'
import { expect, test } from 'vitest'
import { openWorld, sync, todosOf } from './world.ts'

test('[MG2] records, operations and indexes come up over all steps at the next start', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const before = await device.open('1.0.0')
  await before.collections['todos']?.create({ id: 'a', title: 'urgent!', minutes: 2 })
  await before.collections['todos']?.create({ id: 'b', title: 'calm', minutes: 1 })
  await sync(before)
  await before.collections['todos']?.update('a', { title: 'calm now', minutes: 3 })
  await before.collections['todos']?.run['extend']?.('b', { by: 4 })
  await before.collections['todos']?.create({ id: 'c', title: 'made offline!' })
  await before.close()

  const after = await device.open('2.0.0')
  const wanted = [
    { id: 'a', name: 'calm now', seconds: 180, urgent: true },
    { id: 'b', name: 'calm', seconds: 300, urgent: false },
    { id: 'c', name: 'made offline!', seconds: 0, urgent: false },
  ]
  expect(await todosOf(after)).toEqual(wanted)
  expect(await after.collections['todos']?.find({ where: { urgent: true } })).toMatchObject([{ id: 'a' }])
  expect((await after.operations.list({ status: 'PENDING' })).map(({ opVersion }) => opVersion)).toEqual([
    '2.0.0',
    '2.0.0',
    '2.0.0',
  ])
  world.run('2.0.0')
  expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
  expect(await todosOf(after)).toEqual(wanted)
  await after.close()

  const other = await world.device('ben').open('2.0.0')
  await sync(other)
  expect(await todosOf(other)).toEqual(wanted)
  await other.close()
})

test('[MG3] a database that newer code wrote is refused, and stays as it is', async () => {
  const device = openWorld().device('ann')
  const newer = await device.open('1.1.0')
  await newer.collections['todos']?.create({ id: 'a', title: 'kept' })
  await newer.close()
  const dump = async () => {
    const database = await device.storage.open('ann')
    const [entries] = await database.read([{ scan: '' }])
    await database.close()
    return entries
  }
  const written = await dump()
  expect(written.length).toBeGreaterThan(5)
  const refused: unknown = await device.open('1.0.0').catch((error: unknown) => error)
  expect(hasCode(refused, 'UPGRADE_REQUIRED') && refused.details.side).toBe('client')
  expect(await dump()).toEqual(written)
  const again = await device.open('1.1.0')
  expect(await todosOf(again)).toMatchObject([{ id: 'a', title: 'kept' }])
  await again.close()
})
