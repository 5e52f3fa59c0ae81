import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import type { PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions, Transport } from '../../src/transport/contract.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failing, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})

/** Notes every push that the server hears. */
const recorded = (real: Transport): { readonly transport: Transport; readonly pushes: PushInput[] } => {
  const pushes: PushInput[] = []
  return {
    pushes,
    transport: {
      ...real,
      push(input: PushInput, options: RequestOptions) {
        pushes.push(input)
        return real.push(input, options)
      },
    },
  }
}

const createMany = async ({ client }: TestClient, count: number): Promise<readonly string[]> => {
  const numbers = Array.from({ length: count }, (_, index) => `r-${index + 1}`)
  for (const id of numbers) await client.collections.tasks.create({ id, title: id })
  return numbers
}

const recordsOf = ({ operations }: PushInput): readonly string[] => operations.map(({ recordId }) => recordId)
const numbersOf = ({ operations }: PushInput): readonly number[] =>
  operations.map(({ clientSeq }) => clientSeq)

test('[EN17] batches go one after the other, in the order made', async () => {
  const { transport, pushes } = recorded(localServer()('u-1'))
  await using device = await openClient({ transport, batch: { operations: 3 } })
  const records = await createMany(device, 8)
  await sync(device)
  expect(pushes.map(recordsOf)).toEqual([records.slice(0, 3), records.slice(3, 6), records.slice(6)])
  expect(pushes.flatMap(numbersOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('[EN17] after a failed batch no later one is sent; the same one is sent again first', async () => {
  const { transport, pushes } = recorded(localServer()('u-1'))
  await using device = await openClient({ transport, batch: { operations: 2 } })
  const { client, environment } = device
  const records = await createMany(device, 6)
  device.transport.once('push', (real) => real)
  device.transport.once('push', failing(unreachable))
  client.start()
  await untilStatus(client, 'waiting')
  expect(device.transport.calls).toEqual(['pull', 'push', 'push'])
  expect(pushes.flatMap(recordsOf)).toEqual(records.slice(0, 2))

  environment.advance(60_000)
  await untilStatus(client, 'synced')
  expect(pushes.flatMap(recordsOf)).toEqual(records)
})

test('[EN17] [P03] what was sent and did not arrive is sent again as it was: id, number, payload, base', async () => {
  const { transport, pushes } = recorded(localServer()('u-1'))
  await using device = await openClient({ transport, batch: { operations: 2 } })
  const { client, environment } = device
  await sync(device)
  device.transport.once('push', () => (input) => {
    pushes.push(input)
    return Promise.reject(unreachable)
  })
  await client.collections.tasks.create({ id: 'r-1', title: 'first' })
  await untilStatus(client, 'waiting')
  await client.collections.tasks.update('r-1', { title: 'later' })
  environment.advance(60_000)
  await untilStatus(client, 'synced')
  const [first, second] = pushes
  expect(first?.operations).toHaveLength(1)
  expect(second?.operations[0]).toEqual(first?.operations[0])
  expect(pushes.at(-1)?.operations.at(-1)).toMatchObject({ recordId: 'r-1', type: 'update', clientSeq: 2 })
  expect(await client.collections.tasks.get('r-1')).toMatchObject({ title: 'later' })
})

test.each(['in the same process', 'after a restart'])(
  '[EN39] what was decided without an answer is not sent again: a pull tells of it, and resume by its token (%s)',
  async (when) => {
    const { transport, pushes } = recorded(localServer()('u-1'))
    await using device = await openClient({ transport })
    await sync(device)
    await device.client.collections.tasks.create({ id: 'before', title: 'answered' })
    await untilStatus(device.client, 'synced')
    device.client.pause()
    await createMany(device, 5)
    device.transport.once('push', (real) => async (input, options) => {
      await real(input, options)
      throw unreachable
    })
    const asked: unknown[] = []
    const noting = (one: TestClient): void =>
      one.transport.once('resume', (real) => (input, options) => {
        asked.push(Object.keys(input))
        return real(input, options)
      })
    noting(device)
    device.client.start()
    await untilStatus(device.client, 'waiting')
    const sent = pushes.length
    await using next = when === 'after a restart' ? await device.restart() : device
    if (next !== device) noting(next)
    next.environment.advance(60_000)
    next.client.start()
    await untilStatus(next.client, 'synced')
    expect(pushes).toHaveLength(sent)
    expect(asked).toEqual([['protocol', 'clientId', 'scope', 'resumeToken']])
    expect(await next.client.operations.list({ status: 'COMPLETED' })).toHaveLength(6)
  },
)

test('[EN17] a batch is cut by the size of its payloads, but never to nothing', async () => {
  const { transport, pushes } = recorded(localServer()('u-1'))
  await using device = await openClient({ transport, batch: { bytes: 2_700 } })
  const text = 'x'.repeat(400)
  for (const id of ['a', 'b', 'c']) await device.client.collections.tasks.create({ id, title: id, text })
  await device.client.collections.tasks.create({ id: 'd', title: 'd', text: 'x'.repeat(5_000) })
  await sync(device)
  expect(pushes.map(recordsOf)).toEqual([['a', 'b'], ['c'], ['d']])
})

test('[EN18] [P08] operations that wait do not hold up their strangers', async () => {
  let ready = false
  const server = localServer({
    authorize: ({ after }) => {
      if (ready || after?.['title'] !== 'waits') return true
      throw new SyncError('SERVER_OLDER', 'Not before the upgrade.', {})
    },
  })
  await using device = await openClient({ transport: server('u-1') })
  const { client, environment } = device
  await client.collections.tasks.create({ id: 'w', title: 'waits' })
  await client.collections.tasks.update('w', { done: true })
  await createMany(device, 5)
  client.start()
  const { error } = await untilStatus(client, 'waiting')
  expect(error).toMatchObject({
    code: 'SERVER_FAILED',
    message: expect.stringContaining('Not before the upgrade') as string,
  })
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(5)
  expect((await client.operations.list({ status: 'SENT' })).map(({ recordId }) => recordId)).toEqual([
    'w',
    'w',
  ])

  ready = true
  environment.advance(60_000)
  await untilStatus(client, 'synced')
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(7)
})
