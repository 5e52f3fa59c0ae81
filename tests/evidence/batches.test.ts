import { expect, test } from 'vitest'
import { figure } from '../harness/figure.ts'
import type { Proxy } from '../harness/proxy.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const operations = 2_000

const createMany = async ({ client }: Device, count: number): Promise<void> => {
  for (let start = 0; start < count; start += 200) {
    const ids = Array.from({ length: Math.min(200, count - start) }, (_, index) => `r-${start + index}`)
    await Promise.all(
      ids.map((id) => client.collections.tasks.create({ id, title: id, text: 'x'.repeat(300) })),
    )
  }
}

const sizesOf = ({ requests }: Proxy): readonly number[] =>
  requests.flatMap(({ procedure, operationIds }) => (procedure === 'push' ? [operationIds.length] : []))

/** Each operation was decided once, in the order made. */
const expectInOrder = async ({ server }: World, count: number): Promise<void> => {
  const rows = await server.prisma.holdfastRecord.findMany({ orderBy: { seq: 'asc' } })
  expect(rows.map(({ recordId }) => recordId)).toEqual(
    Array.from({ length: count }, (_, index) => `r-${index}`),
  )
  expect(await server.prisma.holdfastOperation.count()).toBe(count)
}

const tooLarge = { kind: 'reply', status: 413, body: '<h1>413 Request Entity Too Large</h1>' } as const

test.each([40_000, 100_000])(
  '[EN38] a proxy that refuses bodies above %i bytes: all arrives, in order, and little is sent in vain',
  { timeout: 180_000 },
  async (limit) => {
    await using world = await openWorld()
    const device = await world.device('anna')
    await createMany(device, operations)
    let [refused, refusedBytes, allBytes] = [0, 0, 0]
    world.proxy.decide = ({ procedure, bytes }) => {
      if (procedure !== 'push') return undefined
      allBytes += bytes
      if (bytes <= limit) return undefined
      refused += 1
      refusedBytes += bytes
      return tooLarge
    }
    expect(await device.settle()).toMatchObject({ status: 'synced', deadLetters: 0 })
    await expectInOrder(world, operations)
    const sizes = sizesOf(world.proxy)
    const share = refusedBytes / allBytes
    figure(
      `limit of ${limit} bytes: ${sizes.length} pushes, ${refused} refused (${Math.round(share * 100)} % of the bytes)`,
    )
    expect(share).toBeLessThan(0.35)

    const before = world.proxy.requests.length
    const again = await device.restart()
    for (let index = 0; index < 200; index += 1)
      await again.client.collections.latest.create({ title: 'x'.repeat(300) })
    await again.settle()
    const first = world.proxy.requests.slice(before).find(({ procedure }) => procedure === 'push')
    expect(first?.bytes).toBeLessThan(limit * 1.3)
  },
)

test('[EN40] one operation that no proxy lets pass holds up nobody, and goes once it may', async () => {
  await using world = await openWorld()
  const device = await world.device('anna')
  const { tasks } = device.client.collections
  world.proxy.decide = ({ procedure, bytes }) =>
    procedure === 'push' && bytes > 30_000 ? tooLarge : undefined
  await createMany(device, 100)
  const { operationId } = await tasks.create({ id: 'big', title: 'big', text: 'x'.repeat(31_000) })
  for (let index = 0; index < 100; index += 1) await tasks.create({ title: `behind ${index}` })
  expect(await device.sync()).toMatchObject({
    status: 'waiting',
    error: { code: 'TOO_LARGE', details: { what: 'operation', operationId } },
  })
  expect(await world.server.prisma.holdfastOperation.count()).toBe(200)
  const again = await device.restart()
  expect(await again.sync()).toMatchObject({ status: 'waiting', error: { code: 'TOO_LARGE' } })
  world.proxy.decide = () => undefined
  expect(await again.settle()).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await world.server.prisma.holdfastOperation.count()).toBe(201)
  figure('one operation too large alone: 200 others went, and it went once it was let')
})

test('[EN38] a line on which only 30 operations get through in time', { timeout: 60_000 }, async () => {
  await using world = await openWorld()
  const device = await world.device('anna')
  await createMany(device, 400)
  let timedOut = 0
  world.proxy.decide = ({ procedure, operationIds }) => {
    if (procedure !== 'push' || operationIds.length <= 30) return undefined
    timedOut += 1
    // The device's clock, not the test's, decides how long that is.
    setImmediate(() => device.environment.advance(30_000))
    return { kind: 'hold', place: 'request', until: new Promise(() => undefined) }
  }
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const state = await device.sync()
    if (state.status === 'synced') break
    device.environment.advance(60_000)
  }
  expect(device.client.state).toMatchObject({ status: 'synced', deadLetters: 0 })
  await expectInOrder(world, 400)
  figure(`30 operations in time: 400 arrived in ${sizesOf(world.proxy).length} pushes, ${timedOut} timed out`)
})

test('[EN38] a server that takes 40 ms for each operation answers within the time that was wished', async () => {
  await using world = await openWorld()
  const device = await world.device('anna', { batch: { answerMs: 2_000 } })
  await createMany(device, 1_000)
  world.proxy.decide = ({ procedure, operationIds }) => {
    if (procedure === 'push') device.environment.advance(operationIds.length * 40)
    return undefined
  }
  await device.settle()
  await expectInOrder(world, 1_000)
  const sizes = sizesOf(world.proxy)
  figure(`40 ms for each operation, 2 s wished: batches of ${sizes.join(', ')}`)
  expect(Math.max(...sizes.slice(4))).toBeLessThanOrEqual(60)
})
