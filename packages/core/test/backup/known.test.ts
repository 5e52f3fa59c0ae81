import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { fateOf, openWorld, prune, shown, syncWell } from '../recovery/world.ts'

test('[BK10] what the device itself has sent since its backup was made is known where that is restored, and is no dead letter', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['a', 'gone']) await other.client.collections.tasks.create({ id, title: 'first' })
  await syncWell(other)
  const first = await world.open()
  await syncWell(first)
  const applied = await first.client.collections.tasks.update('a', { title: 'mine' })
  await first.client.close()
  await other.client.collections.tasks.update('a', { text: 'theirs' })
  await other.client.collections.tasks.delete('gone')
  await syncWell(other)
  await other.client.collections.tasks.update('a', { done: true })
  await syncWell(other)
  await prune(world.state, 31)
  const device = await world.open()
  await syncWell(device)
  expect(await fateOf(device, applied.operationId)).toBe('applied')

  const [backup] = await device.client.backups.list()
  const elsewhere = await world.open({ storage: memoryStorage() })
  await syncWell(elsewhere)
  const text = await device.client.backups.export(backup?.id ?? '')
  expect(await elsewhere.client.backups.restore(text)).toMatchObject({ queued: 1 })
  await syncWell(elsewhere)
  expect(await fateOf(elsewhere, applied.operationId)).toBe('applied')
  expect(await elsewhere.client.deadLetters.list()).toEqual([])
  expect(await shown(elsewhere)).toEqual({ a: 'mine' })
  expect(await shown(elsewhere)).toEqual(world.serverRecords())
})
