import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import type { PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions, Transport } from '../../src/transport/contract.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failing, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const tooLarge = new SyncError('TOO_LARGE', 'Too large.', { what: 'request', limit: 0 })
const timedOut = new SyncError('NETWORK_UNREACHABLE', 'Too late.', { reason: 'time-out' })

interface Narrow {
  readonly transport: Transport
  /** Operations of each push, those that were refused negative. */
  readonly pushes: number[]
  limit: number
}

/** Takes pushes whose operations have at most `limit` characters together. */
const narrow = (real: Transport, limit: number): Narrow => {
  const pushes: number[] = []
  const way: Narrow = {
    limit,
    pushes,
    transport: {
      ...real,
      push(input: PushInput, options: RequestOptions) {
        const fits = JSON.stringify(input.operations).length <= way.limit
        pushes.push(fits ? input.operations.length : -input.operations.length)
        return fits ? real.push(input, options) : Promise.reject(tooLarge)
      },
    },
  }
  return way
}

const createMany = async ({ client }: TestClient, count: number): Promise<void> => {
  const ids = Array.from({ length: count }, (_, index) => `r-${index}`)
  await Promise.all(ids.map((id) => client.collections.tasks.create({ id, title: id })))
}

test('[EN38] [P08] a batch that is refused for its size goes in smaller parts, in the same run, and a restart knows', async () => {
  const way = narrow(localServer()('u-1'), 10_000)
  await using device = await openClient({ transport: way.transport })
  await createMany(device, 300)
  expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(way.pushes.slice(0, 3)).toEqual([-200, -100, -50])
  expect(way.pushes.filter((count) => count > 0).reduce((sum, count) => sum + count, 0)).toBe(300)
  const done = await device.client.operations.list({ status: 'COMPLETED' })
  expect(done.map(({ clientSeq }) => clientSeq)).toEqual(done.map((_, index) => index + 1))

  const before = way.pushes.length
  await using next = await device.restart()
  await Promise.all(
    Array.from({ length: 60 }, (_, index) => next.client.collections.latest.create({ title: `${index}` })),
  )
  await sync(next)
  // It begins where the way had shown to be narrow.
  expect(Math.abs(way.pushes[before] ?? 200)).toBeLessThan(50)
})

test('[EN40] [P08] an operation that is too large alone holds up nobody but later ones of its record', async () => {
  const way = narrow(localServer()('u-1'), 4_000)
  await using device = await openClient({ transport: way.transport })
  const { client, environment } = device
  const { tasks } = client.collections
  await createMany(device, 10)
  const { operationId } = await tasks.create({ id: 'big', title: 'big', text: 'x'.repeat(5_000) })
  await tasks.update('big', { title: 'later' })
  await tasks.create({ id: 'behind', title: 'behind' })
  client.start()
  const { error, retryAt } = await untilStatus(client, 'waiting')
  expect(error).toMatchObject({ code: 'TOO_LARGE', details: { what: 'operation', operationId } })
  expect(retryAt - environment.clock.now()).toBeGreaterThanOrEqual(3_600_000)
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(11)

  // Others go on: by a write, and by polls.
  const calls = device.transport.calls.length
  await tasks.create({ id: 'next', title: 'next' })
  await untilStatus(client, 'waiting')
  expect(device.transport.calls.slice(calls)).toEqual(['push'])
  environment.advance(60_000)
  await untilStatus(client, 'waiting')
  expect(device.transport.calls.slice(calls + 1)).toEqual(['pull'])

  way.limit = 10_000
  expect(await client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await tasks.get('big')).toMatchObject({ title: 'later' })
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(14)
})

test('[EN40] a transaction that is too large alone is held back whole, and stays so over a restart', async () => {
  const way = narrow(localServer()('u-1'), 4_000)
  await using device = await openClient({ transport: way.transport })
  await device.client.transaction(async (tx) => {
    for (const id of ['a', 'b', 'c'])
      await tx.collections.tasks.create({ id, title: id, text: 'x'.repeat(1_500) })
  })
  await device.client.collections.tasks.create({ id: 'stranger', title: 'stranger' })
  device.client.start()
  await untilStatus(device.client, 'waiting')
  expect(await device.client.operations.list({ status: 'SENT' })).toHaveLength(3)
  expect(await device.client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)

  await using next = await device.restart()
  next.client.start()
  expect((await untilStatus(next.client, 'waiting')).error.code).toBe('TOO_LARGE')
  way.limit = 10_000
  expect(await next.client.syncNow()).toMatchObject({ status: 'synced' })
  expect(await next.client.operations.list({ status: 'COMPLETED' })).toHaveLength(4)
})

test('[EN38] after a time-out the same operations go in smaller parts, first things first', async () => {
  const way = narrow(localServer()('u-1'), Infinity)
  await using device = await openClient({ transport: way.transport })
  const { client, environment, transport } = device
  await createMany(device, 200)
  for (let count = 0; count < 3; count += 1) transport.once('push', failing(timedOut))
  client.start()
  for (let count = 0; count < 3; count += 1) {
    await untilStatus(client, 'waiting')
    environment.advance(60_000)
  }
  await untilStatus(client, 'synced')
  expect(way.pushes[0]).toBe(25)
  expect(way.pushes.reduce((sum, count) => sum + count, 0)).toBe(200)
})

test('[EN38] batches get smaller where answers take long', async () => {
  const way = narrow(localServer()('u-1'), Infinity)
  await using device = await openClient({ transport: way.transport, batch: { answerMs: 1_000 } })
  const { environment, transport } = device
  await createMany(device, 400)
  transport.once('push', (real) => async (input, options) => {
    const answer = await real(input, options)
    environment.advance(1_600)
    return answer
  })
  await sync(device)
  expect(way.pushes.slice(0, 2)).toEqual([200, 125])
})
