import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const names = Array.from({ length: 50 }, (_, index) => `t-${String(index + 1).padStart(2, '0')}`)
const batches = [0, 10, 20, 30, 40].map((start) => names.slice(start, start + 10))

const queueFifty = async (world: World): Promise<Device> => {
  const device = await world.device('anna', { batch: { operations: 10 } })
  await device.sync()
  device.client.pause()
  for (const id of names) await device.client.collections.tasks.create({ id, title: id })
  return device
}

const pushes = ({ proxy }: World) =>
  proxy.requests.filter(({ procedure }) => procedure === 'push').map(({ records }) => records)

describe.each(databaseNames)('%s', (database) => {
  test('[P04] a failure at batch 3: batch 4 is not sent before it arrived, and nothing twice', async () => {
    await using world = await openWorld({ database })
    const device = await queueFifty(world)
    let failures = 0
    world.proxy.decide = ({ records }) => {
      if (records[0] !== batches[2]?.[0] || failures >= 3) return undefined
      failures += 1
      return { kind: failures === 2 ? 'cutAfter' : 'cutBefore' }
    }
    expect(await device.sync()).toMatchObject({
      status: 'waiting',
      attempt: 1,
      error: { code: 'NETWORK_UNREACHABLE' },
    })
    expect(pushes(world)).toEqual(batches.slice(0, 3))
    expect(await world.server.prisma.holdfastRecord.count()).toBe(20)
    expect(await device.settle()).toMatchObject({ status: 'synced' })

    // It goes on from there in smaller parts, and what was decided without an answer is not sent again.
    expect(pushes(world).slice(3).flat()).toEqual(names.slice(20))
    expect(failures).toBeGreaterThan(1)
    const rows = await world.server.prisma.holdfastRecord.findMany({ orderBy: { seq: 'asc' } })
    expect(rows.map(({ recordId, version }) => [recordId, Number(version)])).toEqual(
      names.map((id) => [id, 1]),
    )
    figure(`${database}: batch 3 failed ${failures} times, batch 4 waited, ${rows.length} of 50 in order`)
  })

  test('[P04] a queue goes on from the last good batch after a restart', async () => {
    await using world = await openWorld({ database })
    const device = await queueFifty(world)
    world.proxy.decide = ({ records }) => (records[0] === batches[2]?.[0] ? { kind: 'cutBefore' } : undefined)
    await device.sync()
    const again = await device.restart()
    world.proxy.decide = () => undefined
    const before = world.proxy.requests.length
    expect(await again.settle()).toMatchObject({ status: 'synced' })
    const later = world.proxy.requests.slice(before).filter(({ procedure }) => procedure === 'push')
    expect(later.flatMap(({ records }) => records)).toEqual(names.slice(20))
  })

  test.each([
    ['429', 429],
    ['503', 503],
  ])(
    '[EN11] a %s with Retry-After is kept: nothing is sent before, whatever happens',
    async (_name, status) => {
      await using world = await openWorld({ database })
      const device = await queueFifty(world)
      let asked = 0
      world.proxy.decide = ({ procedure }) => {
        if (procedure !== 'push' || asked > 0) return undefined
        asked += 1
        return { kind: 'reply', status, headers: { 'retry-after': '30' }, body: 'Later, please.' }
      }
      const state = await device.sync()
      if (state.status !== 'waiting') throw new Error(state.status)
      const wait = state.retryAt - device.environment.clock.now()
      expect(wait).toBe(30_000 + 500)
      const before = world.proxy.requests.length

      device.environment.advance(29_999)
      await device.client.collections.tasks.create({ title: 'more' })
      device.connectivity.set(false)
      device.connectivity.set(true)
      expect(await device.client.syncNow()).toMatchObject({ status: 'waiting', retryAt: state.retryAt })
      expect(world.proxy.requests).toHaveLength(before)
      expect(await device.settle()).toMatchObject({ status: 'synced' })
      expect(await world.server.prisma.holdfastRecord.count()).toBe(51)
      figure(`${database}: ${status}, Retry-After 30 s: next request after ${wait} ms`)
    },
  )

  test('[EN5] coming back online wakes the drain', async () => {
    await using world = await openWorld({ database })
    const device = await world.device('anna')
    await device.sync()
    device.connectivity.set(false)
    const { operationId } = await device.client.collections.tasks.create({ title: 'offline' })
    const before = world.proxy.requests.length
    expect(device.client.state).toEqual({ status: 'offline' })
    const settled = device.client.operations.settled(operationId)
    expect(world.proxy.requests).toHaveLength(before)
    device.connectivity.set(true)
    expect(await settled).toMatchObject({ status: 'COMPLETED' })
  })
})
