import { manualConnectivity } from '@holdfast/core'
import { oneTabSyncs, type LockManagerLike, type TabsBrowser, type TabsChannel } from '@holdfast/core/tabs'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { describe, expect, test } from 'vitest'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import { openClient, type TestClient } from '../support/client.ts'
import { localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'
import { browsers, openThree, tabsOf } from './open-tab.ts'

describe.each(Object.keys(browsers))('%s', (name) => {
  const { openTab } = tabsOf(name)

  test('[TB1] [TB2] one of them syncs what all of them write, and all show how far it is', async () => {
    await using tabs = await openThree(openTab)
    const { first, second, third } = tabs
    const before = first.transport.calls.length
    await second.client.collections.tasks.create({ id: 'a', title: 'of the second' })
    await third.client.collections.tasks.create({ id: 'b', title: 'of the third' })
    await Promise.all(
      [first, second, third].map(({ client }) =>
        until(client.queue$, ({ pending, sent }) => pending + sent === 0),
      ),
    )
    await untilStatus(third.client, 'synced')
    expect(first.transport.calls.length).toBeGreaterThan(before)
    expect([...second.transport.calls, ...third.transport.calls]).toEqual([])
  })

  test('[TB3] when the one that syncs ends, another does, with what was asked meanwhile', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    const first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    await second.client.collections.tasks.create({ id: 'a', title: 'one' })
    await first.client.close()
    expect(await second.client.syncNow()).toMatchObject({ status: 'synced' })
    expect(await second.client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
    await second.client.collections.tasks.create({ id: 'b', title: 'two' })
    await until(second.client.queue$, ({ pending, sent }) => pending + sent === 0)
    expect(second.transport.calls).toContain('push')
  })

  test('[TB4] a tab that pauses leaves it to another one', async () => {
    const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    first.client.pause()
    expect(first.client.state).toEqual({ status: 'stopped' })
    await first.client.collections.tasks.create({ id: 'a', title: 'one' })
    await until(second.client.queue$, ({ pending, sent }) => pending + sent === 0)
    await until(second.client.state$, () => second.transport.calls.includes('pull'))
    first.client.start()
    await untilStatus(first.client, 'synced')
  })

  test('[TB5] `syncNow` of a tab that does not sync ends with the run that it asked for', async () => {
    const transport = localServer()('u-1')
    const shared = { storage: memoryStorage(), transport }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    await using other = await openClient({ transport, user: 'u-1' })
    await other.client.collections.tasks.create({ id: 'z', title: 'of another device' })
    other.client.start()
    await other.client.syncNow()
    expect(await second.client.syncNow()).toMatchObject({ status: 'synced' })
    expect(await second.client.collections.tasks.get('z')).toMatchObject({ title: 'of another device' })
    expect(second.transport.calls).toEqual([])
  })

  test('[TB5] an answer to what was asked before `syncNow` is not its end', async () => {
    const connectivity = manualConnectivity()
    connectivity.setMetered('expensive')
    const shared = {
      storage: memoryStorage(),
      transport: localServer()('u-1'),
      connectivity,
      metered: 'wait' as const,
    }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'metered')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'metered')
    for (const id of ['a', 'b', 'c']) {
      await second.client.collections.tasks.create({ id, title: 'asked to be sent, and not sent' })
      expect(await second.client.syncNow()).toMatchObject({ status: 'synced' })
    }
    expect(second.transport.calls).toEqual([])
  })

  test('[TB6] a state that only the app can help is shown in all, and `start` of any tries again', async () => {
    let allowed = true
    const transport = localServer({ scopes: () => (allowed ? ['team-1'] : []) })('u-1')
    const shared = { storage: memoryStorage(), transport }
    await using first = await openTab(shared)
    await untilStatus(first.client, 'synced')
    await using second = await openTab(shared)
    await untilStatus(second.client, 'synced')
    allowed = false
    await second.client.syncNow()
    expect(second.client.state).toMatchObject({ status: 'blocked', error: { code: 'FORBIDDEN_OR_MISSING' } })
    await untilStatus(first.client, 'blocked')
    allowed = true
    second.client.start()
    await untilStatus(second.client, 'synced')
    await untilStatus(first.client, 'synced')
  })
})

/** A browser's tab that can be frozen, and one that can't. */
const openFreezing = async () => {
  const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
  const late: { readonly data: unknown; readonly hear: () => void }[] = []
  let isFrozen = false
  let thaw = (): void => undefined
  // A frozen page gets no messages: they come when it goes on.
  class Freezing implements TabsChannel {
    readonly #channel: TabsChannel
    constructor(name: string) {
      this.#channel = new BroadcastChannel(name)
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel knows no other origin
    postMessage = (message: unknown): void => this.#channel.postMessage(message)
    close = (): void => this.#channel.close()
    addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void {
      this.#channel.addEventListener(type, (event) => {
        if (isFrozen) late.push({ data: event.data, hear: () => listener(event) })
        else listener(event)
      })
    }
  }
  const { locks } = globalThis.navigator as unknown as { readonly locks: LockManagerLike }
  // That its lock was taken away it hears when it goes on, too.
  const slow: LockManagerLike = {
    request: (name, options, run) =>
      locks.request(name, options, run).catch(async (error: unknown) => {
        if (isFrozen) await new Promise<void>((resolve) => (thaw = resolve))
        throw error
      }),
  }
  const open = (browser: TabsBrowser): Promise<TestClient> =>
    openClient({
      ...shared,
      environment: systemEnvironment,
      autoStart: true,
      tabs: oneTabSyncs({ browser, answerMs: 200, lookEvery: 100 }),
    })
  const first = await open({ navigator: { locks: slow }, BroadcastChannel: Freezing })
  await untilStatus(first.client, 'synced')
  const second = await open(globalThis)
  await untilStatus(second.client, 'synced')
  return {
    first,
    second,
    freeze: () => void (isFrozen = true),
    /** What the frozen one has not heard yet. */
    missed: () => late.map(({ data }) => data),
    goOn() {
      isFrozen = false
      for (const { hear } of late.splice(0)) hear()
      thaw()
    },
    async [Symbol.asyncDispose]() {
      await first.client.close()
      await second.client.close()
    },
  }
}

test('[TB7] a tab that syncs and does not answer loses its place, and has it again in its turn', async () => {
  await using tabs = await openFreezing()
  const { first, second } = tabs
  tabs.freeze()
  await until(second.client.state$, () => second.transport.calls.length > 0)
  tabs.goOn()
  await first.client.collections.tasks.create({ id: 'a', title: 'of the first' })
  await until(first.client.queue$, ({ pending, sent }) => pending + sent === 0)
  expect(second.transport.calls).toContain('push')
})

test('[TB2] [TB7] a tab that has lost its place asks where the one that has it stands: it went by what it was told before', async () => {
  await using tabs = await openFreezing()
  const { first, second } = tabs
  tabs.freeze()
  await expect.poll(() => JSON.stringify(tabs.missed())).toContain('"status":"synced"')
  tabs.goOn()
  await until(first.client.state$, ({ status }) => status === 'syncing')
  await untilStatus(first.client, 'synced')
  expect(first.client.state).toEqual(second.client.state)
})

test('[TB8] without messages each tab syncs by itself', async () => {
  const shared = { storage: memoryStorage(), transport: localServer()('u-1') }
  const open = (): Promise<TestClient> =>
    openClient({
      ...shared,
      environment: systemEnvironment,
      autoStart: true,
      tabs: oneTabSyncs({ browser: {} }),
    })
  await using first = await open()
  await using second = await open()
  await untilStatus(first.client, 'synced')
  await untilStatus(second.client, 'synced')
  expect(second.transport.calls).toContain('pull')
})

test.each([
  ['answerMs', { answerMs: 0 }],
  ['answerMs', { answerMs: '3 s' as never }],
  ['lookEvery', { lookEvery: Number.POSITIVE_INFINITY }],
])('a wrong %s is told at once, and not by tabs that take over from each other', (option, options) => {
  expect(() => oneTabSyncs(options)).toThrow(
    expect.objectContaining({ code: 'MISCONFIGURED', details: { option } }),
  )
})
