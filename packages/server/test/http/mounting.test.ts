import { trpcTransport } from '@holdfast/core/trpc'
import { createSyncMiddleware, type SyncMiddlewareOptions } from '@holdfast/server/express'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { serve, type TestServer } from '../support/http.ts'
import { scope, leastOptions } from '../support/world.ts'

type Options = SyncMiddlewareOptions<{ readonly id: string }, unknown>

const optionsOf = (authenticate: Options['authenticate']): Options => ({
  ...leastOptions(),
  authenticate,
})

let server: TestServer | undefined
afterEach(async () => server?.close())

const signal = new AbortController().signal
const input = {
  protocol: 4,
  clientId: 'c-1',
  instance: { acknowledged: 'i', candidate: 'i' },
  scope,
  cursor: '',
  batchId: 'b',
  operations: [
    {
      id: 'op-1',
      clientSeq: 1,
      collection: 'notes',
      recordId: 'n-1',
      type: 'create',
      payload: '{"id":"n-1","text":"a"}',
      baseVersion: 0,
      timestamp: 1_750_000_000_000,
      opVersion: '1.0.0',
    },
  ],
}

test('[MO2] behind a body parser of the app, under a path prefix with a parameter', async () => {
  const app = express.Router()
  app.use(express.json({ limit: '2mb' }))
  app.use('/:tenant/sync', createSyncMiddleware(optionsOf(() => ({ id: 'ada' }))))
  server = await serve('/v1', app)
  const transport = trpcTransport({ url: `${server.url}/acme/sync`, path: '' })
  expect((await transport.push(input, { signal })).results).toMatchObject([{ kind: 'applied' }])
  expect((await transport.pull({ protocol: 4, clientId: 'c-1', scope, cursor: '' }, { signal })).head).toBe(1)
})

describe('with a cookie as the only proof of who it is', () => {
  const byCookie: Options['authenticate'] = ({ headers }) =>
    /(?:^|; )session=ada(?:;|$)/.test(headers.cookie ?? '') ? { id: 'ada' } : undefined

  test('[MO3] requests go through with it, and are 401 without', async () => {
    server = await serve('/sync', createSyncMiddleware(optionsOf(byCookie)))
    const withCookie = trpcTransport({
      url: server.url,
      path: '',
      headers: () => ({ cookie: 'session=ada' }),
    })
    expect((await withCookie.push(input, { signal })).results).toMatchObject([{ kind: 'applied' }])
    const without = trpcTransport({ url: server.url, path: '' })
    await expect(without.push(input, { signal })).rejects.toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  test('[MO4] what another site’s page can send without asking (a form, a link, an image) changes nothing', async () => {
    const options = optionsOf(byCookie)
    server = await serve('/sync', createSyncMiddleware(options))
    const { url } = server
    const body = JSON.stringify({ json: input })
    const cookie = 'session=ada'
    // The content types of a form, which a browser sends across origins without a preflight.
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '',
    ]) {
      const response = await fetch(`${url}/push`, {
        method: 'POST',
        headers: { cookie, ...(type === '' ? {} : { 'content-type': type }) },
        body: type === '' ? new Blob([body]) : body,
      })
      expect([type, response.status >= 400]).toEqual([type, true])
    }
    const link = await fetch(`${url}/push?input=${encodeURIComponent(body)}`, { headers: { cookie } })
    expect(link.status).toBe(405)
    expect(await options.store.read(scope, async ({ state }) => state.head)).toBe(0)
  })

  test('[MO5] it answers no other site’s scripts: no CORS headers unless the app sets them', async () => {
    server = await serve('/sync', createSyncMiddleware(optionsOf(byCookie)))
    const headers = { origin: 'https://evil.example', cookie: 'session=ada' }
    const query = encodeURIComponent(
      JSON.stringify({ json: { protocol: 4, clientId: 'c', scope, cursor: '' } }),
    )
    const answer = await fetch(`${server.url}/pull?input=${query}`, { headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await fetch(`${server.url}/push`, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
  })
})
