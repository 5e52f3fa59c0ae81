import { expect, test } from 'vitest'
import { openWorld } from './world.ts'

test('two devices meet through the proxy, and each request is noted', async () => {
  await using world = await openWorld()
  const anna = await world.device('anna')
  const bert = await world.device('bert')
  const { recordId } = await anna.client.collections.tasks.create({ title: 'one' })
  expect(await anna.sync()).toMatchObject({ status: 'synced' })
  expect(await bert.sync()).toMatchObject({ status: 'synced' })
  expect(await bert.client.collections.tasks.get(recordId)).toMatchObject({ title: 'one' })
  expect(world.proxy.requests.map(({ procedure }) => procedure)).toContain('push')
  expect(await world.server.prisma.holdfastRecord.count()).toBe(1)
})
