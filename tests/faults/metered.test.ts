import { expect, test } from 'vitest'
import type { MeteredPolicy } from '@holdfast/core'
import { until, untilStatus } from '../../packages/core/test/support/until.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const minute = 60_000
const hours = 4
const records = 3_000

const passed = ({ proxy }: World, since: number) => {
  const requests = proxy.requests.slice(since)
  const bytes = requests.reduce((sum, { bytes: sent, answer = '' }) => sum + sent + answer.length, 0)
  return { procedures: new Set(requests.map(({ procedure }) => procedure)), requests: requests.length, bytes }
}

const standsStill = ({ client }: Device) => until(client.state$, ({ status }) => status !== 'syncing')

/** A new device on a phone network: four hours in which it writes every quarter of an hour. */
const onTheWay = async (world: World, metered: MeteredPolicy) => {
  const device = await world.device(`ada-${metered}`, { metered })
  const { client, environment, connectivity } = device
  connectivity.setMetered('cellular')
  const since = world.proxy.requests.length
  client.start()
  await standsStill(device)
  for (let at = 0; at < hours * 60; at += 1) {
    if (at % 15 === 0) {
      const { operationId } = await client.collections.tasks.create({ title: `${metered} ${at}` })
      if (metered !== 'wait') await client.operations.settled(operationId)
    }
    environment.advance(minute)
    await standsStill(device)
  }
  const onPhone = { ...passed(world, since), state: client.state }
  const fates = (await client.operations.list()).map(({ fate }) => fate.kind)
  connectivity.setMetered(undefined)
  await untilStatus(client, 'synced')
  return { ...onPhone, fates: new Set(fates), device }
}

test(
  '[CN13] [CN14] [CN15] [CN19] what a phone network carries in four hours, under each policy, over real HTTP',
  { timeout: 120_000 },
  async () => {
    await using world = await openWorld()
    const ben = await world.device('ben')
    for (let at = 0; at < records; at += 500)
      await Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          ben.client.collections.tasks.create({ title: `record ${at + index}` }),
        ),
      )
    await ben.settle()

    const all = await onTheWay(world, 'sync')
    const pushes = await onTheWay(world, 'push-only')
    const nothing = await onTheWay(world, 'wait')

    expect(all.procedures).toContain('snapshot')
    expect(all.requests).toBeGreaterThan(hours * 60)
    expect(pushes.bytes).toBeLessThan(all.bytes / 10)
    expect([pushes.procedures, pushes.requests]).toEqual([new Set(['push']), hours * 4])
    expect(pushes.state).toEqual({ status: 'metered', reason: 'cellular', waits: 'pulls' })
    expect(pushes.fates).toEqual(new Set(['applied']))
    expect(nothing.requests).toBe(0)
    expect(nothing.state).toEqual({ status: 'metered', reason: 'cellular', waits: 'everything' })
    expect(nothing.fates).toEqual(new Set(['pending']))

    // On Wi-Fi all of them have everything.
    for (const { device } of [all, pushes, nothing]) {
      await device.sync()
      await untilStatus(device.client, 'synced')
      expect(await device.client.collections.tasks.count()).toBe(records + 3 * hours * 4)
      expect(await device.client.operations.list({ status: 'COMPLETED' })).toHaveLength(hours * 4)
    }
    const kB = ({ requests, bytes }: typeof all): string =>
      `${requests} requests, ${Math.round(bytes / 1_000)} kB`
    figure(
      `a new device, ${records} records, ${hours} hours and ${hours * 4} writes on a phone network: sync ${kB(all)}; push-only ${kB(pushes)}; wait ${kB(nothing)}; nothing lost`,
    )
  },
)
