import { manualConnectivity, SyncError, type SyncClientOptions, type Transport } from '@holdfast/core'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { Observable, type Subscriber } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import type { LiveNews } from '../../src/transport/live-news.ts'
import { openClient, sync } from '../support/client.ts'
import type { Collections } from '../support/schema.ts'
import { held, localServer, scope, twisted } from '../support/transports.ts'

/** A device whose live stream is in the test's hand, and another one that writes. */
const open = async (options: Partial<SyncClientOptions<Collections>> = {}) => {
  const server = localServer()
  const streams: Subscriber<LiveNews>[] = []
  const transport: Transport = {
    ...twisted(server('u-1')),
    live$: () => new Observable((subscriber) => void streams.push(subscriber)),
  }
  const device = await openClient({ ...options, transport, user: 'u-1' })
  const other = await openClient({ transport: server('u-1'), user: 'u-1' })
  await sync(other)
  await sync(device)
  const say = (news: LiveNews): void => streams.at(-1)?.next(news)
  const write = async (title: string): Promise<void> => {
    await other.client.collections.tasks.create({ title })
    await sync(other)
  }
  const titles = async () => (await device.client.collections.tasks.find()).map(({ title }) => title)
  const close = async () => {
    await device.client.close()
    await other.client.close()
  }
  return { device, streams, say, write, titles, close }
}

test('[LC6] a hint that there is more than this device has is pulled; an older one is not', async () => {
  const { device, say, write, titles, close } = await open()
  await write('a')
  const before = device.transport.calls.length
  say({ kind: 'hint', scope, head: 1 })
  await vi.waitFor(async () => expect(await titles()).toEqual(['a']))
  expect(device.transport.calls.slice(before)).toEqual(['pull'])
  say({ kind: 'hint', scope, head: 1 })
  say({ kind: 'hint', scope, head: 0 })
  say({ kind: 'hint', scope: 'team-9', head: 5 })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(device.transport.calls.slice(before)).toEqual(['pull'])
  await close()
})

test('[LC7] the hint about its own push finds nothing to do, also when it comes before the answer', async () => {
  const { device, say, close } = await open()
  const before = device.transport.calls.length
  const answer = held<Parameters<Transport['push']>[0], unknown, Awaited<ReturnType<Transport['push']>>>(
    'answer',
  )
  device.transport.once('push', answer.twist as never)
  await device.client.collections.tasks.create({ title: 'mine' })
  await answer.arrived
  say({ kind: 'hint', scope, head: 1 })
  answer.release()
  await vi.waitFor(() => expect(device.client.state.status).toBe('synced'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(device.transport.calls.slice(before)).toEqual(['push'])
  await close()
})

test('[LC8] what is wrong with a scope its own pull says: closed ones and refused streams make it ask', async () => {
  const { device, say, streams, close } = await open()
  const before = device.transport.calls.length
  say({ kind: 'closed', scope })
  await vi.waitFor(() => expect(device.transport.calls.length).toBe(before + 1))
  device.transport.once('pull', () => async () => {
    throw new SyncError('AUTH_REQUIRED', 'again', { procedure: 'pull' })
  })
  streams.at(-1)?.error(new SyncError('AUTH_REQUIRED', 'again', { procedure: 'live' }))
  await vi.waitFor(() => expect(device.client.state.status).toBe('blocked'))
  device.environment.advance(1_000_000)
  // Blocked: nothing is wanted from the server.
  const opened = streams.length
  device.client.start()
  await vi.waitFor(() => expect(streams.length).toBe(opened + 1))
  await close()
})

test('[LC9] a stream that breaks is told as an event, and costs no more', async () => {
  const { device, streams, close } = await open()
  const told: unknown[] = []
  device.client.events$.subscribe((event) => {
    if (event.type === 'liveEnded') told.push([event.scopes, event.error.code])
  })
  streams.at(-1)?.error(new SyncError('NETWORK_UNREACHABLE', 'cut', { reason: 'cut' }))
  expect(told).toEqual([[[scope], 'NETWORK_UNREACHABLE']])
  expect(device.client.state.status).toBe('synced')
  await close()
})

test('[LC10] offline, paused and closed clients have no stream', async () => {
  const { device, streams, close } = await open()
  const isOpen = () => streams.filter(({ closed }) => !closed).length
  await vi.waitFor(() => expect(isOpen()).toBe(1))
  device.connectivity.set(false)
  expect(isOpen()).toBe(0)
  device.connectivity.set(true)
  await vi.waitFor(() => expect(isOpen()).toBe(1))
  device.client.pause()
  expect(isOpen()).toBe(0)
  device.client.start()
  await vi.waitFor(() => expect(isOpen()).toBe(1))
  await close()
  expect(isOpen()).toBe(0)
})

describe('[LC9] a stream that is given up has not broken', () => {
  test('where another tab leads now', async () => {
    const taken: (() => void)[] = []
    // The first who asks has the lock, until it is taken away.
    const locks = {
      request: (_name: string, _options: object, run: () => Promise<void>): Promise<unknown> =>
        new Promise((_, reject) => {
          if (taken.length === 0) run().catch(reject)
          taken.push(() => reject(new DOMException('Somebody stole it.', 'AbortError')))
        }),
    }
    const browser = { navigator: { locks }, BroadcastChannel: globalThis.BroadcastChannel }
    const tabs = oneTabSyncs({ browser, lookEvery: 1_000_000 })
    const { device, streams, say, close } = await open({ tabs })
    await vi.waitFor(() => expect(streams).toHaveLength(1))
    const told: unknown[] = []
    device.client.events$.subscribe((event) => event.type === 'liveEnded' && told.push(event))
    say({ kind: 'open', beatMs: 20_000 })
    taken[0]?.()
    await vi.waitFor(() => expect(streams[0]?.closed).toBe(true))
    device.environment.advance(500_000)
    expect(told).toEqual([])
    await close()
  })

  test('where the network is metered now', async () => {
    const connectivity = manualConnectivity()
    const { device, streams, say, close } = await open({ connectivity, metered: 'wait' })
    await vi.waitFor(() => expect(streams).toHaveLength(1))
    const told: unknown[] = []
    device.client.events$.subscribe((event) => event.type === 'liveEnded' && told.push(event))
    say({ kind: 'open', beatMs: 20_000 })
    connectivity.setMetered('cellular')
    expect(streams[0]?.closed).toBe(true)
    device.environment.advance(500_000)
    expect(told).toEqual([])
    connectivity.setMetered(undefined)
    await vi.waitFor(() => expect(streams).toHaveLength(2))
    await close()
  })
})
