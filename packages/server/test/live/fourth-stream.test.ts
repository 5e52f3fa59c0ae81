import { createSyncClient, type Environment } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { createMetrics } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { afterEach, expect, test, vi } from 'vitest'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { serve } from '../support/http.ts'
import { schema, scope, leastOptions } from '../support/world.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const start = async () => {
  const metrics = createMetrics()
  let opened = 0
  const middleware = createSyncMiddleware({
    ...leastOptions(),
    authenticate: () => ({ id: 'ada' }),
    onEvent(event) {
      metrics.onEvent(event)
      if (event.type === 'streamOpened') opened += 1
    },
  })
  const server = await serve('/sync', middleware)
  closing.push(server.close)
  const streams = (): number => metrics.read().openStreams
  return { url: server.url, streams, opened: () => opened }
}

/** A tab or a device of Ada's. Nobody shares a stream. */
const open = async (url: string, environment?: Environment) => {
  const client = await createSyncClient({
    schema,
    user: 'ada',
    storage: memoryStorage(),
    transport: trpcTransport({ url, path: '', live: sseLive }),
    scopes: [scope],
    ...(environment === undefined ? {} : { environment }),
  })
  const ended: string[] = []
  const subscription = client.events$.subscribe((event) => {
    if (event.type === 'liveEnded') ended.push(event.error.code)
  })
  closing.push(async () => {
    subscription.unsubscribe()
    await client.close()
  })
  await vi.waitFor(() => expect(client.state.status).toBe('synced'))
  return { client, ended, notes: client.collections.notes }
}

test('[LV7] the fourth device of a user finds no place for its stream: its polls bring what others write, and it comes back', async () => {
  const { url, streams, opened } = await start()
  const [first, ...others] = [await open(url), await open(url), await open(url)]
  await vi.waitFor(() => expect(streams()).toBe(3))
  const environment = manualEnvironment()
  const fourth = await open(url, environment)
  await vi.waitFor(() => expect(fourth.ended).toEqual(['RATE_LIMITED']), { timeout: 10_000 })
  expect(fourth.client.state.status).toBe('synced')

  await first.notes.create({ id: 'n-1', text: 'by the first' })
  await fourth.notes.create({ id: 'n-2', text: 'by the fourth' })
  for (const { notes } of [first, ...others])
    await vi.waitFor(async () => expect(await notes.get('n-2')).toBeDefined(), { timeout: 5_000 })
  environment.advance(60_000)
  await vi.waitFor(async () => expect(await fourth.notes.get('n-1')).toBeDefined(), { timeout: 5_000 })

  await first.client.close()
  const comesBack = (): void => {
    environment.advance(10_000)
    expect(opened()).toBe(4)
  }
  await vi.waitFor(comesBack, { timeout: 10_000, interval: 100 })
  expect(streams()).toBe(3)
  await others[0]?.notes.create({ id: 'n-3', text: 'told at once' })
  await vi.waitFor(async () => expect(await fourth.notes.get('n-3')).toBeDefined(), { timeout: 5_000 })
})

test('[LV7] three devices that join and leave scopes, or load their page anew, keep their places', async () => {
  const { url, streams } = await start()
  const devices = [await open(url), await open(url), await open(url)]
  for (let round = 0; round < 5; round += 1) {
    await vi.waitFor(() => expect(streams()).toBe(3))
    const again = devices.map(async ({ client }) => {
      client.pause()
      client.start()
      await client.syncNow()
    })
    await Promise.all(again)
  }
  await vi.waitFor(() => expect(streams()).toBe(3))
  for (const { ended } of devices) expect(ended).toEqual([])
})
