import { describe, expect, test, vi } from 'vitest'
import { SyncError, type MeteredPolicy, type SyncClientOptions } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { PullAnswer, PullInput } from '../../src/protocol/pull.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import type { Collections } from '../support/schema.ts'
import { held, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const heldPull = () => held<PullInput, RequestOptions, PullAnswer>('answer')
const heldPush = () => held<PushInput, RequestOptions, PushAnswer>('answer')

type Options = Partial<SyncClientOptions<Collections>>

/** A device that starts on a phone network. */
const onTheWay = async (metered: MeteredPolicy, options: Options = {}): Promise<TestClient> => {
  const device = await openClient({ metered, ...options })
  device.connectivity.setMetered('cellular')
  device.client.start()
  return device
}

/** Whatever would come of it has come. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20))

const saving = (waits: 'pulls' | 'everything', reason = 'cellular') => ({ status: 'metered', reason, waits })

const titlesOf = async ({ client }: TestClient): Promise<readonly string[]> =>
  (await client.collections.tasks.find()).map(({ title }) => title).toSorted()

const fatesOf = async ({ client }: TestClient): Promise<readonly string[]> =>
  (await client.operations.list()).map(({ fate }) => fate?.kind ?? 'open')

describe('[CN13] unless it is told otherwise a client syncs on every network', () => {
  test.each<Options>([{}, { metered: 'sync' }])('%j', async (options) => {
    await using device = await openClient(options)
    device.connectivity.setMetered('dataSaver')
    await sync(device)
    await device.client.collections.tasks.create({ title: 'one' })
    await untilStatus(device.client, 'synced')
    device.environment.advance(60_000)
    await vi.waitFor(() => expect(device.transport.calls.slice(-3)).toEqual(['pull', 'push', 'pull']))
  })
})

describe('[CN14] wait', () => {
  test('nothing is asked of the server, and writes are stored, until the network is another one', async () => {
    await using device = await onTheWay('wait')
    const { client, transport, environment, connectivity } = device
    expect(client.state).toEqual(saving('everything'))
    await client.collections.tasks.create({ title: 'one' })
    environment.advance(3_600_000)
    await settle()
    expect([transport.calls, client.state, await titlesOf(device)]).toEqual([
      [],
      saving('everything'),
      ['one'],
    ])
    connectivity.setMetered('dataSaver')
    expect(client.state).toEqual(saving('everything', 'dataSaver'))
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
    expect(await fatesOf(device)).toEqual(['applied'])
  })

  test('a run that is under way is given up, and so are polls', async () => {
    await using device = await openClient({ metered: 'wait' })
    const { client, transport, environment, connectivity } = device
    const pull = heldPull()
    transport.once('pull', pull.twist)
    client.start()
    const { signal } = await pull.arrived
    connectivity.setMetered('expensive')
    expect([signal.aborted, client.state]).toEqual([true, saving('everything', 'expensive')])
    pull.release()
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
    connectivity.setMetered('expensive')
    expect([client.state, environment.waits()]).toEqual([saving('everything', 'expensive'), []])
  })

  test('without a network the state is offline', async () => {
    await using device = await onTheWay('wait')
    device.connectivity.set(false)
    expect(device.client.state).toEqual({ status: 'offline' })
    device.connectivity.set(true)
    expect(device.client.state).toEqual(saving('everything'))
  })
})

describe('[CN15] push-only', () => {
  test('with nothing to send nothing is asked, by no poll either', async () => {
    await using device = await onTheWay('push-only')
    await vi.waitFor(() => expect(device.client.state).toEqual(saving('pulls')))
    device.environment.advance(3_600_000)
    await settle()
    expect([device.transport.calls, device.environment.waits()]).toEqual([[], []])
  })

  test('what is written is sent, and what comes with the answer is shown', async () => {
    const server = localServer()
    await using other = await openClient({ transport: server('u-1') })
    await other.client.collections.tasks.create({ title: 'theirs' })
    await sync(other)
    await using device = await onTheWay('push-only', { transport: server('u-1') })
    await device.client.collections.tasks.create({ title: 'mine' })
    await vi.waitFor(async () => expect(await fatesOf(device)).toEqual(['applied']))
    await vi.waitFor(() => expect(device.client.state).toEqual(saving('pulls')))
    expect(device.transport.calls).toEqual(['push'])
    expect(await titlesOf(device)).toEqual(['mine', 'theirs'])
    await device.client.collections.tasks.create({ title: 'more' })
    await vi.waitFor(async () => expect(await fatesOf(device)).toEqual(['applied', 'applied']))
    expect(device.transport.calls).toEqual(['push', 'push'])
  })

  test('a run that pulls is given up for one that pushes', async () => {
    await using device = await openClient({ metered: 'push-only' })
    const { client, transport, connectivity } = device
    await client.collections.tasks.create({ title: 'one' })
    const pull = heldPull()
    transport.once('pull', pull.twist)
    client.start()
    const { signal } = await pull.arrived
    connectivity.setMetered('cellular')
    expect(signal.aborted).toBe(true)
    pull.release()
    await vi.waitFor(() => expect(client.state).toEqual(saving('pulls')))
    expect(transport.calls).toEqual(['pull', 'push'])
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
    expect(transport.calls).toEqual(['pull', 'push', 'pull'])
  })

  test('a failure is waited for as on any network', async () => {
    await using device = await onTheWay('push-only')
    const { client, transport, environment } = device
    transport.once('push', () => () => Promise.reject(new Error('bug')))
    await client.collections.tasks.create({ title: 'one' })
    expect((await untilStatus(client, 'blocked')).error.code).toBe('STORAGE_FAILED')
    client.start()
    await vi.waitFor(async () => expect(await fatesOf(device)).toEqual(['applied']))
    expect(environment.waits()).toEqual([])
  })
})

/** A device that is behind by more than a page of three. */
const behind = async (count = 10) => {
  const server = localServer({ limits: { page: 3 } })
  const other = await openClient({ transport: server('u-1') })
  const ids = Array.from({ length: count }, (_, index) => `r-${index}`)
  for (const id of ids) await other.client.collections.tasks.create({ id, title: id })
  await sync(other)
  return { server, other, ids }
}

describe('[CN16] push-only pulls no more than a push needs', () => {
  test('a first sync is not made; what is written is decided all the same', async () => {
    const { server, other, ids } = await behind()
    await using _other = other
    await using device = await onTheWay('push-only', { transport: server('u-1'), limits: { page: 3 } })
    const { client, transport, connectivity } = device
    await client.collections.tasks.create({ title: 'mine' })
    await client.collections.tasks.create({ title: 'mine too' })
    await vi.waitFor(async () => expect(await fatesOf(device)).toEqual(['applied', 'applied']))
    await vi.waitFor(() => expect(client.state).toEqual(saving('pulls')))
    expect([new Set(transport.calls), client.ready, await titlesOf(device)]).toEqual([
      new Set(['push']),
      false,
      ['mine', 'mine too'],
    ])
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
    expect(transport.calls).toContain('snapshot')
    expect(await titlesOf(device)).toEqual(['mine', 'mine too', ...ids])
  })

  test('after a crash in a push it hears first what became of that', async () => {
    const server = localServer()
    const storage = memoryStorage()
    const first = await openClient({ storage, transport: server('u-1') })
    await sync(first)
    const push = heldPush()
    first.transport.once('push', push.twist)
    await first.client.collections.tasks.create({ title: 'one' })
    await push.arrived
    await first.client.close()
    push.release()
    await using device = await onTheWay('push-only', { storage, transport: server('u-1') })
    await vi.waitFor(() => expect(device.client.state).toEqual(saving('pulls')))
    expect(device.transport.calls).toEqual(['pull', 'resume'])
    expect(await fatesOf(device)).toEqual(['applied'])
  })

  test('where it had to fetch the scope whole, everything waits, and nothing more is asked', async () => {
    const { server, other } = await behind(2)
    await using _other = other
    await using device = await openClient({ metered: 'push-only', transport: server('u-1') })
    const { client, transport, connectivity } = device
    await sync(device)
    connectivity.setMetered('cellular')
    const reset = new SyncError('RESET_REQUIRED', 'Begin anew.', { reason: 'offline_too_long' })
    transport.once('push', () => () => Promise.reject(reset))
    const before = transport.calls.length
    await client.collections.tasks.create({ title: 'one' })
    await vi.waitFor(() => expect(client.state).toEqual(saving('everything')))
    await client.collections.tasks.create({ title: 'two' })
    await settle()
    expect(transport.calls.slice(before)).toEqual(['push'])
    expect([client.state, await fatesOf(device)]).toEqual([saving('everything'), ['sent', 'pending']])
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
    expect(await fatesOf(device)).toEqual(['applied', 'applied'])
    expect(transport.calls).toContain('snapshot')
  })
})

describe('[CN18] the app asks for a run, and gets a whole one', () => {
  test.each(['wait', 'push-only'] as const)('%s', async (metered) => {
    const { server, other, ids } = await behind()
    await using _other = other
    await using device = await onTheWay(metered, { transport: server('u-1') })
    const { client, transport, environment, connectivity } = device
    await client.collections.tasks.create({ title: 'mine' })
    expect(await client.syncNow()).toMatchObject({ status: 'synced' })
    expect(await titlesOf(device)).toEqual(['mine', ...ids])
    expect(environment.waits()).toEqual([])
    const before = transport.calls.length
    await client.collections.tasks.create({ title: 'later' })
    await settle()
    expect(client.state).toEqual(saving(metered === 'wait' ? 'everything' : 'pulls'))
    expect(transport.calls.slice(before)).toEqual(metered === 'wait' ? [] : ['push'])
    connectivity.setMetered(undefined)
    await untilStatus(client, 'synced')
  })

  test('another reason meanwhile does not end it', async () => {
    await using device = await onTheWay('wait')
    const pull = heldPull()
    device.transport.once('pull', pull.twist)
    const asked = device.client.syncNow()
    const { signal } = await pull.arrived
    device.connectivity.setMetered('dataSaver')
    expect(signal.aborted).toBe(false)
    pull.release()
    expect(await asked).toMatchObject({ status: 'synced' })
  })
})
