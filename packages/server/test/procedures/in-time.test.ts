import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { allowAll, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { serve } from '../support/http.ts'
import { stores } from '../support/stores.ts'
import {
  create,
  createWorld,
  kinds,
  memoryWorld,
  readRow,
  schema,
  scope,
  secret,
  silent,
} from '../support/world.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const tooLong = { kind: 'refused', code: 'SERVER_FAILED', details: { status: 504 } }

describe.each(Object.entries(stores))('%s', (_name, open) => {
  test('[HX17] a request that takes too long is answered so, and what it was doing is rolled back', async () => {
    const { store, close } = await open()
    closing.push(close)
    let ms = 300
    const errors: unknown[] = []
    const world = createWorld(store, {
      limits: { requestMs: 100 },
      logger: { error: (...line) => errors.push(line) },
      async authorize() {
        await sleep(ms)
        return true
      },
    })
    const client = world.client('a')
    // What is done for the first time takes its time.
    await createWorld(store).client('warm').pull()
    const operation = create(client, 'r-1', { title: 'a' })
    const start = performance.now()
    expect(await client.pushRaw([operation])).toMatchObject(tooLong)
    expect(performance.now() - start).toBeLessThan(290)
    await sleep(400)
    expect(await readRow(store, 'r-1')).toBeUndefined()
    // It is no failure that somebody should look at.
    expect(errors).toEqual([])
    ms = 0
    const again = createWorld(store).client('a')
    expect(kinds(await again.push(operation))).toEqual(['applied'])
  })
})

test('[HX17] each procedure; and one that waits for its turn begins nothing when it is over', async () => {
  const inner = memoryServerStore()
  let begun = 0
  const slowly = async (): Promise<void> => {
    await sleep(60)
  }
  const store: ServerStore<undefined> = {
    ...inner,
    write: async (name, run) => {
      await slowly()
      return inner.write(name, run)
    },
    read: async (name, run) => {
      await slowly()
      return inner.read(name, run)
    },
  }
  const scopes = () => {
    begun += 1
    return [scope]
  }
  const { client, handlers } = createWorld(store, { limits: { requestMs: 20 }, scopes })
  const ada = client('a')
  expect(await ada.pushRaw([create(ada, 'r-1', { title: 'a' })])).toMatchObject(tooLong)
  expect(await ada.pullRaw()).toMatchObject(tooLong)
  expect(await ada.snapshotRaw()).toMatchObject(tooLong)
  expect(await ada.preflightRaw([])).toMatchObject(tooLong)
  const ctx = { user: { id: 'u-1' } }
  expect(await handlers.resume(ctx, { protocol: 4, clientId: 'a', scope, ids: [] })).toMatchObject(tooLong)
  await sleep(100)
  expect(begun).toBe(0)
})

test('[HX17] what was committed before the time was over gets its verdict when it comes again', async () => {
  const world = memoryWorld({
    limits: { requestMs: 50 },
    plugins: [{ name: 'slow', server: { afterCommit: () => sleep(200) } }],
  })
  const client = world.client('a')
  const operation = create(client, 'r-1', { title: 'a' })
  expect(await client.pushRaw([operation])).toMatchObject(tooLong)
  const again = await memoryWorldOver(world.store).push(operation)
  expect(again.results).toMatchObject([{ kind: 'duplicate', verdict: { kind: 'applied' } }])
})

const memoryWorldOver = (store: ServerStore<undefined>) => createWorld(store).client('a')

test('[HX17] over a slow database a device sends less, and everything arrives once', async () => {
  const sizes: number[] = []
  const store = memoryServerStore()
  const middleware = createSyncMiddleware({
    schema,
    store,
    authenticate: () => ({ id: 'ada' }),
    scopes: () => [scope],
    // A millisecond or more for each operation: 200 of them take longer than a request may.
    authorize: async () => {
      await sleep(2)
      return allowAll()
    },
    tokenSecrets: [secret],
    logger: silent,
    limits: { requestMs: 120 },
    onEvent(event) {
      if (event.type === 'answered' && event.procedure === 'push' && event.push !== undefined)
        sizes.push(event.push.operations)
    },
  })
  const server = await serve('/sync', middleware)
  closing.push(server.close)
  const client = await createSyncClient({
    schema,
    user: 'ada',
    storage: memoryStorage(),
    transport: trpcTransport({ url: server.url, path: '' }),
    scopes: [scope],
    autoStart: false,
    retry: { base: 1, cap: 5 },
  })
  closing.push(client.close)
  const ids = Array.from({ length: 200 }, (_, index) => `n-${index}`)
  await Promise.all(ids.map((id) => client.collections.notes.create({ id, text: id })))
  client.start()
  await vi.waitFor(() => expect(client.state.status).toBe('synced'), { timeout: 30_000 })
  expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(200)
  const rows = await store.read(scope, (tx) => tx.changesAfter(0, 1_000))
  expect(rows.map(({ version }) => version)).toEqual(Array(200).fill(1))
  expect(sizes.length).toBeGreaterThan(3)
})
