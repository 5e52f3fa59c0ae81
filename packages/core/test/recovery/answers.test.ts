import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { failure } from '../support/failure.ts'
import { until } from '../support/until.ts'
import { openWorld, syncWell } from './world.ts'

test('[RC11] an answer to what the server lost is none to what has its version now', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.tasks.create({ id: 'r', title: 'old' })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  const backup = world.backUp()
  await other.client.collections.tasks.update('r', { title: 'theirs' })
  await syncWell(other)
  await device.client.collections.tasks.update('r', { title: 'mine' })
  await syncWell(device)
  const { conflicts } = device.client
  const [shown] = await conflicts.list()
  const seen: unknown[] = []
  const watching = conflicts.list$().subscribe(([one]) => seen.push(one?.theirs?.['title']))
  await until(conflicts.list$(), (open) => open.length === 1)

  world.restore(backup)
  const third = await world.open({ storage: memoryStorage(), user: 'u-3' })
  await syncWell(third)
  await third.client.collections.tasks.update('r', { title: 'another' })
  await syncWell(third)
  await syncWell(device)
  const [now] = await conflicts.list()
  expect(now).toMatchObject({ serverVersion: shown?.serverVersion, theirs: { title: 'another' } })
  await failure(conflicts.resolve(shown?.id ?? '', 'mine'), 'STORAGE_CONFLICT')
  watching.unsubscribe()
  expect([seen.at(0), seen.at(-1)]).toEqual(['theirs', 'another'])
  await conflicts.resolve(now?.id ?? '', 'theirs')
  expect(await device.client.collections.tasks.get('r')).toMatchObject({ title: 'another' })
})
