import {
  collection,
  createSyncClient,
  defineSchema,
  type SyncClient,
  type SyncClientOptions,
} from '@holdfast/core'
import { z } from 'zod'
import { trpcTransport } from '@holdfast/core/trpc'
import { allowAll, inProcessRates, type RateLimiter, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import express, { type RequestHandler } from 'express'
import { filter, firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { schema, type Collections } from '../../packages/core/test/support/schema.ts'
import { listen } from '../harness/listen.ts'
import { limitRequests } from './rate-limits/limit-requests.ts'

const scopes = ['team-1', 'team-2', 'team-3']
const [scope = ''] = scopes
const environment = manualEnvironment()

interface App extends AsyncDisposable {
  readonly url: string
  /** What was let through of the limited user, in order. */
  readonly granted: string[]
  /** The answer to the next push is lost. */
  cutPush: boolean
}

/** An app whose own middleware lets `ada` ask once in two seconds, and everybody else as they like. */
const serve = async (store: ServerStore, secret: string, rates?: RateLimiter): Promise<App> => {
  const granted: string[] = []
  const limit = limitRequests(() => 'ada', { perSecond: 0.5, burst: 1 }, environment.clock)
  const onlyAda: RequestHandler = (req, res, next) => {
    if (req.headers.authorization !== 'ada' || rates !== undefined) return next()
    limit(req, res, () => {
      granted.push(req.path.slice(1))
      if (app.cutPush && req.path === '/push') {
        app.cutPush = false
        res.end = () => res.destroy()
      }
      next()
    })
  }
  const sync = createSyncMiddleware({
    schema,
    store,
    authenticate: ({ headers }) => ({ id: headers.authorization ?? '' }),
    scopes: () => scopes,
    authorize: allowAll,
    tokenSecrets: [secret.padEnd(32, '.')],
    environment,
    rates: rates ?? 'none',
    logger: { error: () => undefined },
  })
  const listening = await listen(express().use('/sync', onlyAda, sync))
  const app: App = {
    url: `${listening.url}/sync`,
    granted,
    cutPush: false,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  }
  return app
}

type Client = SyncClient<Collections>

const open = (
  user: string,
  url: string,
  options: Partial<SyncClientOptions<Collections, readonly []>> = {},
): Promise<Client> =>
  createSyncClient({
    schema,
    user,
    storage: memoryStorage(),
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: user }) }),
    scopes: [scope],
    environment,
    limits: { page: 50 },
    batch: { operations: 10 },
    autoStart: false,
    ...options,
  })

/** Lets each wait pass until the device is synced. @returns how many there were */
const settle = async (client: Pick<Client, 'state$'>, most: number): Promise<number> => {
  for (let waits = 0; ; waits += 1) {
    const state = await firstValueFrom(client.state$.pipe(filter(({ status }) => status !== 'syncing')))
    if (state.status === 'synced') return waits
    if (state.status !== 'waiting') throw new Error(JSON.stringify(state))
    if (waits === most) throw new Error(`It waits for the ${most + 1}th time: ${JSON.stringify(state)}`)
    environment.advance(state.retryAt - environment.clock.now())
  }
}

const create = async ({ collections }: Client, names: string, count: number): Promise<void> => {
  const ids = Array.from({ length: count }, (_, index) => `${names}-${index}`)
  await Promise.all(ids.map((id) => collections.tasks.create({ id, title: id })))
}

/** Somebody else made so many records. */
const fill = async (url: string, count: number, waits = 0): Promise<void> => {
  const bert = await open('bert', url, { batch: { operations: 200 } })
  await create(bert, 'old', count)
  bert.start()
  await settle(bert, waits)
  await bert.close()
}

const applied = async (client: Client): Promise<number> =>
  (await client.operations.list()).filter(({ fate }) => fate.kind === 'applied').length

describe('[HX12] [EN44] a limit that grants one request at a time starves nobody', () => {
  test('a first sync of several pages, then a queue of several batches', async () => {
    await using app = await serve(memoryServerStore(), 'one')
    await fill(app.url, 120)
    const ada = await open('ada', app.url)
    await create(ada, 'new', 25)
    ada.start()
    await settle(ada, 20)
    expect(await ada.collections.tasks.count()).toBe(145)
    expect(await applied(ada)).toBe(25)
    // No wait counts as the way to the server and back.
    const { operationId } = await ada.collections.tasks.create({ title: 'now' })
    expect(await ada.operations.get(operationId)).toMatchObject({ timestamp: environment.clock.now() })
    // Nothing is asked for twice.
    expect(app.granted).toEqual(['pull', 'snapshot', 'snapshot', 'snapshot', 'pull', 'push', 'push', 'push'])
    await ada.close()
  })

  test('three scopes, each with a queue of its own', async () => {
    await using app = await serve(memoryServerStore(), 'one')
    const fields = z.object({ id: z.string(), title: z.string() })
    const cards = collection({ fields, scope: ({ title }) => title })
    const ada = await createSyncClient({
      schema: defineSchema({ version: '1.0.0', collections: { tasks: cards } }),
      user: 'ada',
      storage: memoryStorage(),
      transport: trpcTransport({ url: app.url, path: '', headers: () => ({ authorization: 'ada' }) }),
      scopes,
      environment,
      batch: { operations: 10 },
      autoStart: false,
    })
    const ids = Array.from({ length: 60 }, (_, index) => `new-${index}`)
    await Promise.all(
      ids.map((id, index) => ada.collections.tasks.create({ id, title: scopes[index % 3] ?? '' })),
    )
    ada.start()
    await settle(ada, 30)
    expect(await ada.operations.list({ status: 'COMPLETED' })).toHaveLength(60)
    expect(app.granted.filter((name) => name === 'pull')).toHaveLength(3)
    // At least two of each; time passes for one scope while another one's answer is on its way.
    expect(app.granted.length).toBeLessThan(14)
    await ada.close()
  })

  test('after an answer was lost, verdicts that have to be asked for', async () => {
    await using app = await serve(memoryServerStore(), 'one')
    const ada = await open('ada', app.url)
    ada.start()
    await settle(ada, 5)
    app.granted.length = 0
    app.cutPush = true
    await create(ada, 'new', 25)
    await settle(ada, 20)
    expect(await applied(ada)).toBe(25)
    expect(app.granted.filter((name) => name === 'push').length).toBeLessThan(8)
    await ada.close()
  })

  test('a scope that has to be fetched anew', async () => {
    const store = memoryServerStore()
    const storage = memoryStorage()
    {
      await using app = await serve(store, 'one')
      await fill(app.url, 120)
      const ada = await open('ada', app.url, { storage })
      ada.start()
      await settle(ada, 20)
      await create(ada, 'new', 5)
      await settle(ada, 20)
      await ada.close()
    }
    await using app = await serve(store, 'two')
    const ada = await open('ada', app.url, { storage })
    const resets: string[] = []
    ada.events$.subscribe(({ type }) => void (type.startsWith('reset') && resets.push(type)))
    await create(ada, 'newer', 25)
    ada.start()
    await settle(ada, 40)
    expect(resets).toEqual(['resetStarted', 'resetFinished'])
    expect(await ada.collections.tasks.count()).toBe(150)
    expect(await applied(ada)).toBe(30)
    await ada.close()
  })

  test('a look ahead that takes several requests', async () => {
    await using app = await serve(memoryServerStore(), 'one')
    const ada = await open('ada', app.url, {
      preflight: { afterOperations: 100 },
      batch: { operations: 200 },
    })
    await create(ada, 'new', 600)
    ada.start()
    await settle(ada, 20)
    expect(await applied(ada)).toBe(600)
    expect(app.granted).toEqual(['pull', 'preflight', 'preflight', 'push', 'push', 'push'])
    await ada.close()
  })

  test('[RL1] by the limiter of the server itself', async () => {
    const once = { perSecond: 0.5, burst: 1 }
    const rates = inProcessRates({ pull: once, snapshot: once, push: once }, environment)
    await using app = await serve(memoryServerStore(), 'one', rates)
    await fill(app.url, 120, 1)
    const ada = await open('ada', app.url)
    await create(ada, 'new', 25)
    ada.start()
    expect(await settle(ada, 10)).toBeGreaterThan(3)
    expect(await ada.collections.tasks.count()).toBe(145)
    expect(await applied(ada)).toBe(25)
    await ada.close()
  })
})
