import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { failing, held } from '../support/transports.ts'
import { openClient, sync } from '../support/client.ts'
import { untilStatus } from '../support/until.ts'
import type { PullAnswer, PullInput } from '../../src/protocol/pull.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'

const heldPull = (place: 'request' | 'answer') => held<PullInput, RequestOptions, PullAnswer>(place)
const heldPush = (place: 'request' | 'answer') => held<PushInput, RequestOptions, PushAnswer>(place)
const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})

test('[EN13] a stop gives the request up, and its late answer changes nothing', async () => {
  await using device = await openClient()
  const { client, transport } = device
  const pull = heldPull('answer')
  transport.once('pull', pull.twist)
  client.start()
  const { signal } = await pull.arrived
  client.pause()
  expect(signal.aborted).toBe(true)
  expect(client.state).toEqual({ status: 'stopped' })
  pull.release()
  await client.collections.tasks.create({ title: 'meanwhile' })
  expect(client.state).toEqual({ status: 'stopped' })
  expect(transport.calls).toEqual(['pull'])
})

test('[EN13] a late failure of a stopped run does not end the next one', async () => {
  await using device = await openClient()
  const { client, transport } = device
  const [first, second] = [heldPull('request'), heldPull('request')]
  transport.once('pull', () => first.twist(() => Promise.reject(unreachable)))
  transport.once('pull', second.twist)
  client.start()
  await first.arrived
  client.pause()
  client.start()
  await second.arrived
  first.release()
  await client.collections.tasks.create({ title: 'meanwhile' })
  expect(client.state.status).toBe('syncing')
  second.release()
  await untilStatus(client, 'synced')
})

test('[EN4] losing the network aborts a run; its return runs again', async () => {
  await using device = await openClient()
  const { client, transport, connectivity } = device
  await sync(device)
  const push = heldPush('answer')
  transport.once('push', push.twist)
  const { operationId } = await client.collections.tasks.create({ title: 'one' })
  const { signal } = await push.arrived
  connectivity.set(false)
  expect(signal.aborted).toBe(true)
  expect(client.state).toEqual({ status: 'offline' })
  push.release()
  await client.collections.tasks.create({ title: 'two' })
  expect(client.state).toEqual({ status: 'offline' })
  expect(await client.operations.get(operationId)).toMatchObject({ status: 'SENT' })

  connectivity.set(true)
  await untilStatus(client, 'synced')
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(2)
})

test('[EN5] the network that comes back cuts a wait short', async () => {
  await using device = await openClient()
  const { client, transport, environment, connectivity } = device
  transport.once('pull', failing(unreachable))
  client.start()
  await untilStatus(client, 'waiting')
  expect(environment.waits()).toEqual([500])
  connectivity.set(false)
  expect(environment.waits()).toEqual([])
  connectivity.set(true)
  await untilStatus(client, 'synced')
})

test('[EN6] a write during a push is pushed by the same run', async () => {
  await using device = await openClient()
  const { client, transport } = device
  await sync(device)
  const push = heldPush('request')
  transport.once('push', push.twist)
  await client.collections.tasks.create({ title: 'one' })
  await push.arrived
  await client.collections.tasks.create({ title: 'two' })
  push.release()
  await untilStatus(client, 'synced')
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(2)
})

test('[EN6] a write after the last push of a run makes one more run', async () => {
  await using device = await openClient()
  const { client, transport } = device
  const pull = heldPull('answer')
  transport.once('pull', pull.twist)
  client.start()
  await pull.arrived
  const run = client.syncNow()
  pull.release()
  expect(await run).toMatchObject({ status: 'synced' })
  expect(transport.calls).toEqual(['pull', 'pull'])
})

test('[EN14] the first run pulls before it pushes; a later one costs a single round trip', async () => {
  await using device = await openClient()
  const { client, transport } = device
  await client.collections.tasks.create({ title: 'one' })
  await sync(device)
  expect(transport.calls.slice(0, 2)).toEqual(['pull', 'push'])
  const before = transport.calls.length
  await client.collections.tasks.create({ title: 'two' })
  await untilStatus(client, 'synced')
  expect(transport.calls.slice(before)).toEqual(['push'])
})

test('[EN15] it pulls whenever nothing happened for the poll interval', async () => {
  await using device = await openClient({ pollEvery: 45_000 })
  const { client, transport, environment } = device
  client.start()
  await untilStatus(client, 'synced')
  expect(environment.waits()).toEqual([45_000])
  environment.advance(44_999)
  expect(transport.calls).toEqual(['pull'])
  environment.advance(1)
  await untilStatus(client, 'synced')
  expect(transport.calls).toEqual(['pull', 'pull'])
  expect(environment.waits()).toEqual([45_000])
})

test('[EN12] it tries again when the wait is over, by the clock that it was given', async () => {
  await using device = await openClient({ retry: { base: 2_000, cap: 60_000 } })
  const { client, transport, environment } = device
  for (let count = 0; count < 3; count += 1) transport.once('pull', failing(unreachable))
  client.start()
  for (const wait of [1_000, 2_000, 4_000]) {
    const { retryAt } = await untilStatus(client, 'waiting')
    expect(retryAt - environment.clock.now()).toBe(wait)
    environment.advance(wait)
  }
  await untilStatus(client, 'synced')
  expect(transport.calls).toHaveLength(4)
})

test('[EN16] what is no SyncError is a bug, and is not tried for ever', async () => {
  await using device = await openClient()
  const { client, transport } = device
  transport.once('pull', failing(new TypeError('x is not a function')))
  client.start()
  const { error } = await untilStatus(client, 'blocked')
  expect(error).toMatchObject({ code: 'STORAGE_FAILED', details: { reason: 'x is not a function' } })
})

test.each(['pause', 'close'] as const)('nothing is left ticking after %s', async (way) => {
  const device = await openClient()
  const { client, environment } = device
  await sync(device)
  expect(environment.waits()).toHaveLength(1)
  await client[way]()
  expect(environment.waits()).toEqual([])
  await client.close()
})

const tooSoon = new SyncError('RATE_LIMITED', 'Not so fast.', { retryAfterMs: 5_000 })

test('[EN44] a push that came too soon goes again, and nothing before it', async () => {
  await using device = await openClient()
  const { client, transport, environment } = device
  await client.collections.tasks.create({ title: 'one' })
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  for (let count = 0; count < 20; count += 1) transport.once('push', failing(tooSoon))
  client.start()
  for (let count = 1; count <= 20; count += 1) {
    const { retryAt, attempt } = await untilStatus(client, 'waiting')
    expect(attempt).toBe(count)
    environment.advance(retryAt - environment.clock.now())
  }
  await untilStatus(client, 'synced')
  expect(transport.calls).toEqual(['pull', ...Array.from({ length: 21 }, () => 'push')])
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})

test.each(['pause', 'offline'] as const)(
  '[EN44] [EN13] a run that waits is given up by %s; the next one begins anew',
  async (way) => {
    await using device = await openClient()
    const { client, transport, environment, connectivity } = device
    await client.collections.tasks.create({ title: 'one' })
    transport.once('push', failing(tooSoon))
    client.start()
    const { retryAt } = await untilStatus(client, 'waiting')
    if (way === 'pause') client.pause()
    else connectivity.set(false)
    expect(environment.waits()).toEqual([])
    if (way === 'pause') client.start()
    else {
      connectivity.set(true)
      environment.advance(retryAt - environment.clock.now())
    }
    await untilStatus(client, 'synced')
    expect(transport.calls).toEqual(['pull', 'push', 'pull', 'push'])
    expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
  },
)

test('[EN44] a client that is closed while its run waits leaves nothing behind', async () => {
  const { client, transport, environment } = await openClient()
  transport.once('pull', failing(tooSoon))
  client.start()
  await untilStatus(client, 'waiting')
  await client.close()
  expect(environment.waits()).toEqual([])
})
