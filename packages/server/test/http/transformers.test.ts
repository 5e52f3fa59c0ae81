import { trpcTransport, type Transport, type TrpcUrlOptions } from '@holdfast/core/trpc'
import { allowAll, createSyncRouter } from '@holdfast/server'
import { createExpressMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { TRPCError, initTRPC, type inferRouterInputs, type inferRouterOutputs } from '@trpc/server'
import { parse, stringify } from 'devalue'
import superjson from 'superjson'
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import type { PullInput, PullOutput, PushOutput } from '@holdfast/core/protocol'
import { serve, type TestServer } from '../support/http.ts'
import { schema, scope, secret, silent } from '../support/world.ts'

interface AppContext {
  readonly token: string | undefined
}

const devalue = {
  serialize: (value: unknown) => stringify(value),
  deserialize: (text: string): unknown => parse(text),
}

const optionsOf = () => ({
  schema,
  store: memoryServerStore(),
  scopes: (ctx: { readonly user: { readonly id: string } }) => (ctx.user.id === 'u-1' ? [scope] : []),
  authorize: allowAll,
  tokenSecrets: [secret],
  logger: silent,
})

const createApp = (transformer: typeof superjson | typeof devalue | undefined) => {
  const t = initTRPC.context<AppContext>().create(transformer === undefined ? {} : { transformer })
  const authed = t.procedure.use(({ ctx, next }) => {
    if (ctx.token === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
    return next({ ctx: { user: { id: ctx.token } } })
  })
  return t.router({ sync: createSyncRouter({ ...optionsOf(), procedure: authed }) })
}

let server: TestServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const signal = new AbortController().signal

const start = async (
  transformer: typeof superjson | typeof devalue | undefined,
  client: Pick<TrpcUrlOptions, 'transformer'>,
): Promise<Transport> => {
  const router = createApp(transformer)
  server = await serve(
    '/trpc',
    createExpressMiddleware({ router, createContext: ({ req }) => ({ token: req.headers.authorization }) }),
  )
  return trpcTransport({ url: server.url, headers: () => ({ authorization: 'u-1' }), ...client })
}

const operation = {
  id: 'op-1',
  clientSeq: 1,
  collection: 'todos',
  recordId: 'r-1',
  type: 'create',
  payload: JSON.stringify({ id: 'r-1', title: 'the key __proto__ in a text, and ünïcode' }),
  baseVersion: 0,
  timestamp: 1_750_000_000_000,
  opVersion: '1.0.0',
}

const transports = [
  ['none', undefined, { transformer: 'none' }],
  ['superjson', superjson, {}],
  ['devalue', devalue, { transformer: devalue }],
] as const

describe('nested in the app’s router', () => {
  test.each(transports)('every procedure travels unchanged with %s', async (_name, transformer, client) => {
    const transport = await start(transformer, client)
    const envelope = { protocol: 1, clientId: 'a', scope, cursor: '' }
    const instance = { acknowledged: 'i', candidate: 'i' }
    const pushed = await transport.push(
      { ...envelope, instance, batchId: 'b', operations: [operation] },
      { signal },
    )
    expect(pushed.results).toEqual([{ id: 'op-1', kind: 'applied', version: 1 }])
    const again = await transport.push(
      { ...envelope, instance, batchId: 'b', operations: [operation] },
      { signal },
    )
    expect(again.results).toEqual([
      { id: 'op-1', kind: 'duplicate', verdict: { kind: 'applied', version: 1 } },
    ])
    const pulled = await transport.pull(envelope, { signal })
    expect(pulled.changes).toEqual(pushed.page.changes)
    const snapshot = await transport.snapshot({ protocol: 2, clientId: 'a', scope, limit: 1 }, { signal })
    expect(snapshot.rows.map((row) => ({ ...row, kind: 'record' }))).toEqual(pulled.changes)
    const entities = [{ collection: 'todos', id: 'r-1', baseVersion: 0, fields: ['$deleted', 'title'] }]
    const foreseen = await transport.preflight(
      { ...envelope, protocol: 2, entities, counts: { pending: 1, sent: 0 }, opVersions: ['1.0.0'] },
      { signal },
    )
    expect(foreseen.entities).toEqual([
      { collection: 'todos', id: 'r-1', risk: 'LOW', fields: [], reason: 'disjoint' },
    ])
    const resumed = await transport.resume(
      { protocol: 1, clientId: 'a', scope, ids: ['op-1', 'op-2'] },
      { signal },
    )
    expect(resumed.verdicts).toEqual([
      { id: 'op-1', verdict: { kind: 'applied', version: 1 } },
      { id: 'op-2', verdict: null },
    ])
  })

  test('a malformed input is a typed refusal, not a tRPC error', async () => {
    await start(undefined, { transformer: 'none' })
    const response = await fetch(`${server?.url ?? ''}/sync.push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'u-1' },
      body: JSON.stringify({ protocol: 1, scope: 7 }),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ result: { data: { kind: 'refused', code: 'INVALID' } } })
  })

  test('the app’s middleware runs before anything is parsed', async () => {
    await start(undefined, { transformer: 'none' })
    const response = await fetch(`${server?.url ?? ''}/sync.push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ not JSON',
    })
    expect(response.status).toBe(401)
  })
})

test('the app’s router knows the types of the sync procedures', () => {
  const t = initTRPC.context<{ readonly user: { readonly id: string; readonly team: string } }>().create({
    transformer: superjson,
  })
  const sync = createSyncRouter({
    ...optionsOf(),
    procedure: t.procedure,
    scopes: (ctx) => {
      expectTypeOf(ctx.user.team).toEqualTypeOf<string>()
      return [ctx.user.team]
    },
    authorize: ({ ctx }) => ctx.user.team !== '',
  })
  const app = t.router({ sync, hello: t.procedure.query(({ ctx }) => ctx.user.id) })
  type Outputs = inferRouterOutputs<typeof app>
  expectTypeOf<Outputs['sync']['push']>().toEqualTypeOf<PushOutput>()
  expectTypeOf<Outputs['sync']['pull']>().toEqualTypeOf<PullOutput>()
  expectTypeOf<Outputs['hello']>().toEqualTypeOf<string>()
  expectTypeOf<inferRouterInputs<typeof app>['sync']['pull']>().toEqualTypeOf<PullInput>()
})
