import { createSyncClient, type SyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport, type TrpcUrlOptions } from '@holdfast/core/trpc'
import { createSyncRouter } from '@holdfast/server'
import { createExpressMiddleware, createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import { initTRPC, TRPCError } from '@trpc/server'
import { parse, stringify } from 'devalue'
import { EventSource } from 'eventsource'
import { firstValueFrom, toArray, take } from 'rxjs'
import superjson from 'superjson'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { serve, type TestServer } from '../support/http.ts'
import { schema, secret, silent } from '../support/world.ts'

const scope = 'Büro 東京'
const optionsOf = () => ({
  schema,
  store: memoryServerStore(),
  scopes: () => [scope],
  authorize: () => true,
  tokenSecrets: [secret],
  logger: silent,
})
const devalue = {
  serialize: (value: unknown) => stringify(value),
  deserialize: (text: string): unknown => parse(text),
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface AppContext {
  readonly token: string | undefined
}

const createApp = (transformer: typeof superjson | typeof devalue | undefined) => {
  const t = initTRPC.context<AppContext>().create(transformer === undefined ? {} : { transformer })
  const procedure = t.procedure.use(({ ctx, next }) => {
    if (ctx.token === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
    return next({ ctx: { user: { id: ctx.token } } })
  })
  return t.router({ sync: createSyncRouter({ ...optionsOf(), procedure }) })
}

/** As the app's client knows it. */
const withSuperjson = initTRPC.context<AppContext>().create({ transformer: superjson })
type App = ReturnType<typeof withSuperjson.router<{ sync: ReturnType<typeof createApp>['sync'] }>>

const startServer = async (transformer?: typeof superjson | typeof devalue): Promise<TestServer> => {
  const router = createApp(transformer)
  const server = await serve(
    '/trpc',
    createExpressMiddleware({ router, createContext: ({ req }) => ({ token: req.headers.authorization }) }),
  )
  closing.push(server.close)
  return server
}

const headers = () => ({ authorization: 'u-1' })

/** An app's way to send a token with a stream. */
class WithToken extends EventSource {
  constructor(address: string | URL) {
    super(address, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers() } }),
    })
  }
}

const openClient = async (transport: ReturnType<typeof trpcTransport>) => {
  const client = await createSyncClient({
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport,
    scopes: [scope],
    // Nothing but live tells of news.
    pollEvery: 86_400_000,
  })
  closing.push(client.close)
  await vi.waitFor(() => expect(client.state.status).toBe('synced'))
  return client
}

const sees = (client: SyncClient<(typeof schema)['collections']>, id: string): Promise<unknown> =>
  vi.waitFor(async () => expect(await client.collections.notes.get(id)).toBeDefined(), {
    timeout: 5_000,
    interval: 5,
  })

describe.each<[string, typeof superjson | typeof devalue | undefined, Pick<TrpcUrlOptions, 'transformer'>]>([
  ['superjson', superjson, {}],
  ['none', undefined, { transformer: 'none' }],
  ['devalue', devalue, { transformer: devalue }],
])('with the transformer %s', (_, transformer, client) => {
  test('[LV11] what one device writes another one shows at once, and the other way round', async () => {
    const { url } = await startServer(transformer)
    const one = await openClient(trpcTransport({ url, headers, live: sseLive, ...client }))
    const two = await openClient(trpcTransport({ url, headers, live: sseLive, ...client }))
    await one.collections.notes.create({ id: 'n-1', text: 'from one' })
    await sees(two, 'n-1')
    await two.collections.notes.create({ id: 'n-2', text: 'from two' })
    await sees(one, 'n-2')
  })
})

test('[LV11] also through the app’s own tRPC client, where it has a link for subscriptions', async () => {
  const { url } = await startServer(superjson)
  const app = createTRPCClient<App>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({ url, transformer: superjson, EventSource: WithToken }),
        false: httpLink({ url, transformer: superjson, headers }),
      }),
    ],
  })
  const one = await openClient(trpcTransport({ client: app.sync, live: true }))
  const two = await openClient(trpcTransport({ url, headers }))
  await two.collections.notes.create({ id: 'n-1', text: 'from two' })
  await sees(one, 'n-1')
})

test('[LV12] under a path with no tRPC in the app, and without a way through caches and buffers', async () => {
  const options = { ...optionsOf(), authenticate: () => ({ id: 'u-1' }) }
  const server = await serve('/sync', createSyncMiddleware(options))
  closing.push(server.close)
  const input = encodeURIComponent(JSON.stringify({ json: { protocol: 4, clientId: 'c', scopes: [scope] } }))
  const controller = new AbortController()
  const response = await fetch(`${server.url}/live?input=${input}`, { signal: controller.signal })
  expect(response.headers.get('content-type')).toMatch('text/event-stream')
  expect(response.headers.get('cache-control')).toMatch(/no-cache|no-store/)
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  controller.abort()
  const live$ = trpcTransport({ url: `${server.url}/`, path: '', live: sseLive }).live$
  if (live$ === undefined) throw new Error('There is no live.')
  const news = await firstValueFrom(
    live$({ protocol: 4, clientId: 'c', scopes: [scope] }).pipe(take(2), toArray()),
  )
  expect(news).toEqual([
    { kind: 'open', beatMs: 20_000 },
    { kind: 'hint', scope, head: 0 },
  ])
})

test('[LV13] what is no stream is a typed error: no token, no such procedure, a page of a proxy, nobody there', async () => {
  const { url } = await startServer()
  const page = await serve('/', (_req, res) => void res.status(200).send('<html>Welcome to the hotel</html>'))
  closing.push(page.close)
  const cases: readonly [Partial<TrpcUrlOptions>, string][] = [
    [{ url, headers: () => ({}) }, 'AUTH_REQUIRED'],
    [{ url, path: 'other' }, 'BAD_ANSWER'],
    [{ url: page.url }, 'BAD_ANSWER'],
    [{ url: 'http://127.0.0.1:1' }, 'NETWORK_UNREACHABLE'],
  ]
  for (const [options, code] of cases) {
    const transport = trpcTransport({ url, headers, transformer: 'none', live: sseLive, ...options })
    const opened = transport.live$?.({ protocol: 4, clientId: 'c', scopes: [scope] })
    if (opened === undefined) throw new Error('There is no live.')
    await expect(firstValueFrom(opened)).rejects.toMatchObject({ code })
  }
})

test('[LV14] a refusal comes as its error; a closed stream leaves no connection at the server', async () => {
  const { url } = await startServer()
  const transport = trpcTransport({ url, headers, transformer: 'none', live: sseLive })
  const bad = transport.live$?.({ protocol: 99, clientId: 'c', scopes: [scope] })
  if (bad === undefined) throw new Error('There is no live.')
  await expect(firstValueFrom(bad)).rejects.toMatchObject({ code: 'UPGRADE_REQUIRED' })
  // More than a user may have at once: each is gone before the next one comes.
  for (let index = 0; index < 25; index += 1) {
    const opened = transport.live$?.({ protocol: 4, clientId: 'c', scopes: [scope] })
    if (opened === undefined) throw new Error('There is no live.')
    await vi.waitFor(async () => expect(await firstValueFrom(opened)).toMatchObject({ kind: 'open' }))
  }
})
