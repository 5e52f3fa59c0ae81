import { archive } from '@holdfast/plugins/archive'
import { leaseId } from '@holdfast/plugins/single-writer'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { scope } from '../../../core/test/support/transports.ts'
import { openLeases } from './world.ts'

test('[SW16] regression: a device whose archive was cleaned took its own lease for another device’s', async () => {
  await using world = openLeases()
  const cleaning = archive({ keep: 0, olderThan: 1_000, grace: 0 })
  const { client, leases } = await world.device('ada', memoryStorage(), [cleaning])
  await client.collections.reports.create({ id: 'r', title: 'Report' })
  await leases.acquire('reports', 'r')
  world.environment.advance(2_000)
  await client.syncNow()
  await expect.poll(() => client.operations.history('reportLeases', leaseId(scope, 'r'))).toEqual([])

  expect(await leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
  await client.collections.reports.update('r', { title: 'By Ada' })
  await leases.renew('reports', 'r')
  expect(await client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
})
