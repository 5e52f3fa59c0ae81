import { describe, expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { StorageAdapter } from '@holdfast/core/storage'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { countedStorage } from '../support/counted-storage.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { answering, localServer } from '../support/transports.ts'
import type { PushAnswer } from '../../src/protocol/push.ts'
import type { RequestOptions, Transport } from '../../src/transport/contract.ts'
import { bent } from './bent-storage.ts'
import { rest } from './rest.ts'

/** One run and no more, unlike a start and a request. */
const startAlone = async ({ client }: TestClient): Promise<void> => {
  client.start()
  await rest(100)
}

/** Answers no more after so many requests: tabs that would ask each other on for ever come to an end. */
const patient = (transport: Transport, most = 500): Transport => {
  let count = 0
  const answered = <TInput, TAnswer>(call: (input: TInput, options: RequestOptions) => Promise<TAnswer>) => {
    return (input: TInput, options: RequestOptions): Promise<TAnswer> => {
      count += 1
      return count > most ? new Promise(() => undefined) : call(input, options)
    }
  }
  return {
    push: answered(transport.push),
    pull: answered(transport.pull),
    preflight: answered(transport.preflight),
    snapshot: answered(transport.snapshot),
    resume: answered(transport.resume),
  }
}

interface Tabs extends AsyncDisposable {
  readonly tabs: readonly TestClient[]
  readonly requests: () => number
}

/** Tabs of one user over one store, which tells of commits without saying what they are about. */
const openTabs = async (count: number, storage: StorageAdapter, server = localServer()): Promise<Tabs> => {
  const transport = patient(server('u-1'))
  const tabs = await Promise.all(
    Array.from({ length: count }, () => openClient({ storage: bent(storage, { untold: true }), transport })),
  )
  return {
    tabs,
    requests: () => tabs.flatMap(({ transport }) => transport.calls).length,
    async [Symbol.asyncDispose]() {
      for (const { client } of tabs) await client.close()
    },
  }
}

describe('tabs over one store', () => {
  test('idle ones ask once each, and again when a poll is due', async () => {
    await using opened = await openTabs(2, memoryStorage())
    const [one, other] = opened.tabs
    for (const tab of opened.tabs) await startAlone(tab)
    expect(opened.tabs.map(({ transport }) => transport.calls)).toEqual([['pull'], ['pull']])
    one?.environment.advance(60_000)
    await rest(100)
    expect(one?.transport.calls).toEqual(['pull', 'pull'])
    expect(other?.transport.calls).toEqual(['pull'])
  })

  test('a pull that brought nothing commits nothing', async () => {
    const storage = countedStorage()
    // One clock for both, or the server's time would be news.
    const environment = manualEnvironment()
    const transport = localServer({ environment })('u-1')
    await using device = await openClient({ storage, transport, environment })
    await startAlone(device)
    const before = storage.commits.length
    environment.advance(60_000)
    await rest(100)
    expect(device.client.state.status).toBe('synced')
    expect(device.transport.calls).toEqual(['pull', 'pull'])
    expect(storage.commits).toHaveLength(before)
  })

  test('what one tab fetches is no reason for another to ask', async () => {
    const server = localServer()
    await using stranger = await openClient({ user: 'u-2', transport: server('u-2') })
    await using opened = await openTabs(2, memoryStorage(), server)
    const [one, other] = opened.tabs
    for (const tab of opened.tabs) await startAlone(tab)
    await stranger.client.collections.tasks.create({ id: 'r', title: 'news' })
    await sync(stranger)
    one?.environment.advance(60_000)
    await rest(100)
    expect(other?.transport.calls).toEqual(['pull'])
    expect(await other?.client.collections.tasks.get('r')).toMatchObject({ title: 'news' })
  })

  test('a write of one that does not sync is sent by another', async () => {
    await using opened = await openTabs(2, memoryStorage())
    const [one, other] = opened.tabs
    if (other !== undefined) await startAlone(other)
    await one?.client.collections.tasks.create({ id: 'r', title: 'sent by the other' })
    await rest(100)
    expect(other?.transport.calls).toEqual(['pull', 'push'])
    expect(await one?.client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
  })

  test('ten writes cost tens of requests, not hundreds', async () => {
    await using opened = await openTabs(5, memoryStorage())
    const [one] = opened.tabs
    for (const tab of opened.tabs) await startAlone(tab)
    const before = opened.requests()
    for (let count = 0; count < 10; count += 1) {
      await one?.client.collections.tasks.create({ title: `task ${count}` })
      await rest(100)
    }
    expect(await one?.client.operations.list({ status: 'COMPLETED' })).toHaveLength(10)
    // Each tab sends what it finds undecided, and fetches what another tab's answer has overtaken.
    expect(opened.requests() - before).toBeLessThanOrEqual(2 * 5 * 10)
  })
})

test('a long queue on a device that is far behind pulls once, and wastes one page', async () => {
  const server = localServer({ limits: { page: 5 } })
  await using theirs = await openClient({ user: 'they', transport: server('they') })
  await using mine = await openClient({ user: 'me', transport: server('me'), batch: { operations: 5 } })
  await startAlone(mine)
  mine.client.pause()
  for (let count = 0; count < 40; count += 1)
    await theirs.client.collections.tasks.create({ title: 'theirs' })
  await sync(theirs)
  for (let count = 0; count < 30; count += 1) await mine.client.collections.tasks.create({ title: 'mine' })
  const before = mine.transport.calls.length
  let wasted = 0
  for (let count = 0; count < 6; count += 1) {
    mine.transport.once(
      'push',
      answering((answer: PushAnswer) => {
        if (answer.page.hasMore) wasted += 1
        return answer
      }),
    )
  }
  await startAlone(mine)
  expect(mine.transport.calls.slice(before)).toEqual(['push', 'pull', 'push', 'push', 'push', 'push', 'push'])
  expect(wasted).toBe(1)
  expect(await mine.client.collections.tasks.find()).toHaveLength(70)
})
