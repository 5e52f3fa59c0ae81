import { hasCode } from '@holdfast/core'
import { leaseId } from '@holdfast/plugins/single-writer'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { describe, expect, test } from 'vitest'
import { held, scope } from '../../../core/test/support/transports.ts'
import { openLeases, ttl } from './world.ts'

/** What was set off by now is done. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('who asks twice', () => {
  test('[SW12] two that acquire at once in one app have one lease, and no one is told that it is lost to oneself', async () => {
    await using world = openLeases()
    const { client, leases } = await world.device('ada')
    await client.collections.reports.create({ id: 'r', title: 'Report' })
    const both = await Promise.all([leases.acquire('reports', 'r'), leases.acquire('reports', 'r')])
    expect(both).toMatchObject([
      { kind: 'held', fence: 1 },
      { kind: 'held', fence: 1 },
    ])
    expect(await client.operations.history('reportLeases', leaseId(scope, 'r'))).toHaveLength(2)
  })

  test('[SW12] two tabs that acquire at once: both may edit', async () => {
    await using world = openLeases()
    const storage = memoryStorage()
    const tabs = [await world.device('ada', storage), await world.device('ada', storage)] as const
    await tabs[0].client.collections.reports.create({ id: 'r', title: 'Report' })
    await tabs[0].client.syncNow()
    const both = await Promise.all(tabs.map(({ leases }) => leases.acquire('reports', 'r')))
    expect(both.map(({ kind }) => kind)).toEqual(['held', 'held'])
    for (const { client } of tabs) await client.collections.reports.update('r', { title: 'By a tab' })
    await tabs[0].client.syncNow()
    expect(await tabs[0].client.deadLetters.list()).toEqual([])
  })

  test('[SW12] whoever asked without waiting can wait afterwards: it is the same request', async () => {
    await using world = openLeases()
    const { client, leases, connectivity } = await world.device('ada')
    await client.syncNow()
    connectivity.set(false)
    await client.collections.reports.create({ id: 'r', title: 'Report' })
    await leases.ask('reports', 'r')
    await client.collections.reports.update('r', { title: 'Under the first request' })
    const acquired = leases.acquire('reports', 'r')
    connectivity.set(true)
    expect(await acquired).toMatchObject({ kind: 'held', fence: 1 })
    await client.syncNow()
    expect(await client.deadLetters.list()).toEqual([])
  })

  test('[SW7] what was asked for without a network stays asked for, however long that takes', async () => {
    await using world = openLeases()
    const { client, leases, connectivity } = await world.device('ada')
    await client.syncNow()
    connectivity.set(false)
    await client.collections.reports.create({ id: 'r', title: 'Report' })
    await leases.ask('reports', 'r')
    world.environment.advance(10 * ttl)
    expect(await leases.state('reports', 'r')).toMatchObject({ kind: 'asked' })
    await leases.ask('reports', 'r')
    await client.collections.reports.update('r', { title: 'Much later' })
    connectivity.set(true)
    await client.syncNow()
    await client.syncNow()
    expect(await client.deadLetters.list()).toEqual([])
    expect(await leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 1 })
  })
})

describe('asked for while somebody else had it, unseen', () => {
  const meanwhile = async (
    world: ReturnType<typeof openLeases>,
    offline: (ada: Awaited<ReturnType<(typeof world)['device']>>) => Promise<unknown>,
  ) => {
    const [ada, ben] = [await world.device('ada'), await world.device('ben')]
    await ada.client.collections.reports.create({ id: 'r', title: 'Report' })
    for (const { client } of [ada, ben]) await client.syncNow()
    ada.connectivity.set(false)
    await offline(ada)
    await ben.leases.acquire('reports', 'r')
    await ben.client.collections.reports.update('r', { title: 'By Ben' })
    await ben.leases.release('reports', 'r')
    await ben.client.syncNow()
    ada.connectivity.set(true)
    for (const { client } of [ada, ada]) await client.syncNow()
    return ada
  }

  test('[SW5] [SW7] what was written before the lease was granted is told as older, and not as lost to oneself', async () => {
    await using world = openLeases()
    const { client, leases } = await meanwhile(world, async (ada) => {
      await ada.leases.ask('reports', 'r')
      await ada.client.collections.reports.update('r', { title: 'By Ada' })
    })
    expect(await leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 2 })
    const [letter] = await client.deadLetters.list()
    expect(letter?.fate).toMatchObject({ kind: 'rejected', code: 'LEASE_LOST' })
    expect(letter?.fate).toHaveProperty(
      'message',
      'Somebody else held the lease before it was granted: look at the record again.',
    )
    expect(letter?.fate).not.toHaveProperty('holder')
    expect(await client.collections.reports.get('r')).toMatchObject({ title: 'By Ben' })
  })

  test('[SW6] a request that was released before it was granted is granted to nobody', async () => {
    await using world = openLeases()
    const { leases } = await meanwhile(world, async (ada) => {
      await ada.leases.ask('reports', 'r')
      await ada.leases.release('reports', 'r')
    })
    expect(await leases.state('reports', 'r')).toEqual({ kind: 'free' })
  })
})

test('[SW6] [SW12] asked for, released and asked for again, all offline: the last request counts', async () => {
  await using world = openLeases()
  const { client, leases, connectivity } = await world.device('ada')
  await client.syncNow()
  connectivity.set(false)
  await client.collections.reports.create({ id: 'r', title: 'Report' })
  await leases.ask('reports', 'r')
  await client.collections.reports.update('r', { title: 'First' })
  await leases.release('reports', 'r')
  await leases.ask('reports', 'r')
  await client.collections.reports.update('r', { title: 'Second' })
  connectivity.set(true)
  for (const device of [client, client]) await device.syncNow()
  expect(await client.deadLetters.list()).toEqual([])
  expect(await leases.state('reports', 'r')).toMatchObject({ kind: 'held', fence: 2 })
  expect(await client.collections.reports.get('r')).toMatchObject({ title: 'Second' })
})

test('[SW8] a request that was granted after its time is given back', async () => {
  await using world = openLeases()
  const [ada, ben] = [await world.device('ada'), await world.device('ben')]
  await ada.client.collections.reports.create({ id: 'r', title: 'Report' })
  await ada.client.syncNow()
  await ben.client.syncNow()

  const answer = held<never, never, never>('answer')
  ada.transport.once('push', answer.twist as never)
  const late = ada.leases.acquire('reports', 'r', { timeoutMs: 1_000 }).catch((error: unknown) => error)
  await answer.arrived
  world.environment.advance(1_000)
  expect(hasCode(await late, 'NETWORK_UNREACHABLE')).toBe(true)
  answer.release()
  await settle()
  await ada.client.syncNow()
  await settle()
  await ada.client.syncNow()
  await ben.client.syncNow()
  expect(await ben.leases.acquire('reports', 'r')).toMatchObject({ kind: 'held', fence: 2 })
})

test('[SW2] a state that is watched ends with its client, and leaves no timer', async () => {
  await using world = openLeases()
  const { client, leases } = await world.device('ada')
  await client.collections.reports.create({ id: 'r', title: 'Report' })
  await leases.acquire('reports', 'r')
  const seen: string[] = []
  leases.state$('reports', 'r').subscribe({
    next: ({ kind }) => seen.push(kind),
    error: () => seen.push('error'),
    complete: () => seen.push('complete'),
  })
  await settle()
  await client.close()
  await settle()
  expect(seen).toEqual(['held', 'complete'])
  expect(world.environment.waits()).toEqual([])
})

test('[SW7] regression: what an app wrote together with a request that was refused went with it', async () => {
  await using world = openLeases()
  const [ada, ben] = [await world.device('ada'), await world.device('ben')]
  await ada.client.collections.reports.create({ id: 'r', title: 'Report' })
  await ada.leases.acquire('reports', 'r')
  await ada.client.syncNow()
  await ben.client.syncNow()
  ben.connectivity.set(false)
  // By the app's own hand, past the plugin: a report of its own, and somebody else's lease.
  await ben.client.transaction(async ({ collections }) => {
    await collections.reports.create({ id: 'own', title: 'Own' })
    await collections.reportLeases.run.acquire(leaseId(scope, 'r'), {
      holder: 'ben',
      until: world.environment.clock.now() + ttl,
    })
  })
  ben.connectivity.set(true)
  await ben.client.syncNow()
  await ben.client.syncNow()
  const letters = await ben.client.deadLetters.list()
  expect(letters.map(({ collection }) => collection).toSorted()).toEqual(['reportLeases', 'reports'])
})
