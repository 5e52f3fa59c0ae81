import { randomBytes } from 'node:crypto'
import { trpcTransport, type Transport } from '@holdfast/core/trpc'
import { allowAll, type Logger } from '@holdfast/server'
import { createSyncMiddleware, type SyncMiddlewareOptions } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serve, type TestServer } from '../support/http.ts'
import { stores } from '../support/stores.ts'
import { schema, scope, secret, silent } from '../support/world.ts'

const signal = new AbortController().signal

type Options = SyncMiddlewareOptions<{ readonly id: string }, unknown>

const optionsOf = (more: Partial<Options> = {}): Options => ({
  schema,
  store: memoryServerStore(),
  authenticate: (req) => {
    const token = req.headers.authorization
    return token === undefined ? undefined : { id: token }
  },
  scopes: () => [scope],
  authorize: allowAll,
  tokenSecrets: [secret],
  rates: 'none',
  logger: silent,
  ...more,
})

let server: TestServer
const start = async (more?: Partial<Options>): Promise<void> => {
  server = await serve('/sync', createSyncMiddleware(optionsOf(more)))
}
afterEach(() => server.close())

const transportOf = (user: string): Transport =>
  trpcTransport({ url: server.url, path: '', headers: () => ({ authorization: user }) })

const pushInput = (clientId: string, ids: readonly string[]) => ({
  protocol: 1,
  clientId,
  instance: { acknowledged: 'i', candidate: 'i' },
  scope,
  cursor: '',
  batchId: 'b',
  operations: ids.map((id, index) => ({
    id: `${clientId}-op-${index + 1}`,
    clientSeq: index + 1,
    collection: 'todos',
    recordId: id,
    type: 'create',
    payload: JSON.stringify({ id, title: id }),
    baseVersion: 0,
    timestamp: 1_750_000_000_000,
    opVersion: '1.0.0',
  })),
})

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'u-1', ...headers },
    body,
  })

describe('what a stranger gets', () => {
  beforeEach(() => start())

  test('401 before the body is read, however malformed or large it is', async () => {
    const bodies = ['{ not JSON', JSON.stringify({ json: { a: 'x'.repeat(900_000) } }), '[]']
    for (const body of bodies) {
      const response = await fetch(`${server.url}/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({
        error: {
          json: { code: -32_001, message: 'UNAUTHORIZED', data: { code: 'UNAUTHORIZED', httpStatus: 401 } },
        },
      })
    }
  })

  test('a GET of a push is refused', async () => {
    const response = await fetch(`${server.url}/push`, { headers: { authorization: 'u-1' } })
    expect(response.status).toBe(405)
  })

  test('a body above 1 MB is 413, a compressed one 415, and more than 10 calls at once are refused', async () => {
    expect((await post(JSON.stringify({ json: { a: 'x'.repeat(1_100_000) } }))).status).toBe(413)
    expect((await post(gzipSync('{}'), { 'content-encoding': 'gzip' })).status).toBe(415)
    const many = await fetch(`${server.url}/${Array(11).fill('pull').join()}?batch=1&input={}`, {
      headers: { authorization: 'u-1' },
    })
    expect(many.status).toBe(400)
  })

  test('a hostile superjson message is 400, and an unknown procedure 404', async () => {
    const hostile = { json: {}, meta: { referentialEqualities: { a: ['b'] } } }
    expect((await post(JSON.stringify(hostile))).status).toBe(400)
    expect((await post('{ not JSON')).status).toBe(400)
    expect((await fetch(`${server.url}/nothing`, { headers: { authorization: 'u-1' } })).status).toBe(404)
  })
})

describe.each(['production', 'development', 'test', ''])('with NODE_ENV "%s"', (environment) => {
  test('no error says more than its code', async () => {
    vi.stubEnv('NODE_ENV', environment)
    await start({
      authenticate: (req) => {
        if (req.headers.authorization === 'u-bad') throw new Error('canary: token of another')
        return { id: 'u-1' }
      },
      scopes: () => {
        throw new Error('canary: no such table')
      },
    })
    const responses = [
      await post('{ canary'),
      await post('{}', { authorization: 'u-bad' }),
      await post(JSON.stringify({ json: pushInput('a', ['r-1']) })),
      await fetch(`${server.url}/canary`),
    ]
    expect(responses.map(({ status }) => status)).toEqual([400, 500, 200, 404])
    for (const response of responses) {
      const text = await response.text()
      expect(text).not.toMatch(/canary|stack|node_modules|\.ts:/)
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
    vi.unstubAllEnvs()
  })
})

test('it refuses to start without authenticate', () => {
  const options = { ...optionsOf(), authenticate: undefined }
  expect(() => createSyncMiddleware(options as never)).toThrowError(
    expect.objectContaining({ code: 'MISCONFIGURED', details: { option: 'authenticate' } }),
  )
  server = { url: '', close: async () => undefined }
})

describe.each(Object.entries(stores))('%s over HTTP', (_name, create) => {
  let close: () => Promise<void>
  const failures: unknown[] = []
  const logger: Logger = { error: (message, details) => failures.push([message, details]) }
  beforeEach(async () => {
    failures.length = 0
    const created = await create()
    close = created.close
    await start({ logger, store: created.store })
  })
  afterEach(() => close())

  test('of 50 parallel copies of one push one is applied, and 49 get its verdict', async () => {
    const transport = transportOf('u-1')
    const input = pushInput('a', ['r-1'])
    const answers = await Promise.all(Array.from({ length: 50 }, () => transport.push(input, { signal })))
    const results = answers.map(({ results: [first] }) => first)
    expect(results.filter((result) => result?.kind === 'applied')).toHaveLength(1)
    const copies = results.filter((result) => result?.kind === 'duplicate')
    expect(copies).toHaveLength(49)
    for (const copy of copies) expect(copy).toMatchObject({ verdict: { kind: 'applied', version: 1 } })
    expect(failures).toEqual([])
  })

  test('64 clients push at once and none of them fails', { timeout: 30_000 }, async () => {
    const statuses = await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const ids = Array.from({ length: 10 }, (__, at) => `r-${index}-${at}`)
        const response = await post(JSON.stringify({ json: pushInput(`c-${index}`, ids) }), {
          authorization: `u-${index}`,
        })
        const body = (await response.json()) as { result: { data: { json: { kind: string } } } }
        return `${response.status} ${body.result.data.json.kind}`
      }),
    )
    expect(new Set(statuses)).toEqual(new Set(['200 answer']))
    const page = await transportOf('u-1').pull(
      { protocol: 1, clientId: 'reader', scope, cursor: '', limit: 1000 },
      { signal },
    )
    expect(page.changes.map(({ seq }) => seq)).toEqual(Array.from({ length: 640 }, (_, index) => index + 1))
    expect(failures).toEqual([])
  })
})

test('random bytes are never a failure of the server', async () => {
  await start()
  for (let round = 0; round < 50; round += 1) {
    expect((await post(randomBytes(64))).status).toBe(400)
  }
})
