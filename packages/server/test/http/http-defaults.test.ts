import { createSyncRouter } from '@holdfast/server'
import {
  createExpressMiddleware,
  createSyncMiddleware,
  defaultHttpLimits,
  type HttpLimits,
} from '@holdfast/server/express'
import { initTRPC } from '@trpc/server'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { serve, type TestServer } from '../support/http.ts'
import { scope, leastOptions } from '../support/world.ts'

let server: TestServer | undefined
afterEach(async () => server?.close())

const sync = leastOptions()

const start = async (httpLimits: Partial<HttpLimits> = {}): Promise<string> => {
  const authenticate = () => ({ id: 'ada' })
  server = await serve('/sync', createSyncMiddleware({ ...sync, authenticate, httpLimits }))
  return server.url
}

const post = async (url: string, bytes: number): Promise<number> => {
  const frame = JSON.stringify({ json: '' }).length
  const body = JSON.stringify({ json: 'x'.repeat(bytes - frame) })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body })).status
}

describe('[HX15] how large a body may be goes by what is called', () => {
  test('the limits are these', () => {
    expect(defaultHttpLimits).toEqual({ bodyBytes: 1_048_576, smallBodyBytes: 16_384, calls: 10 })
  })

  test('a megabyte for a push and a preflight, 16 kB for what carries names and tokens alone', async () => {
    const url = await start()
    for (const name of ['push', 'preflight']) {
      expect([name, await post(`${url}/${name}`, 1_048_576)]).toEqual([name, 200])
      expect([name, await post(`${url}/${name}`, 1_048_577)]).toEqual([name, 413])
    }
    for (const name of ['pull', 'snapshot', 'resume', 'live']) {
      // All but `live` are asked by GET alone.
      expect([name, await post(`${url}/${name}`, 16_384)]).toEqual([name, name === 'live' ? 200 : 405])
      for (const spelled of [name, encodeName(name)])
        expect([name, await post(`${url}/${spelled}`, 16_385)]).toEqual([name, 413])
    }
  })

  test('calls in one request may have together what they may have each, and never more than a push', async () => {
    const url = await start({ bodyBytes: 40_000, smallBodyBytes: 1_000, calls: 100 })
    const batch = (names: readonly string[]): string => `${url}/${names.join(',')}?batch=1`
    expect(await post(batch(['pull', 'pull']), 2_001)).toBe(413)
    expect(await post(batch(['pull', 'pull']), 2_000)).not.toBe(413)
    expect(await post(batch(['pull', 'push']), 40_000)).not.toBe(413)
    expect(await post(batch(['push', 'push']), 40_001)).toBe(413)
    expect(await post(batch(Array(99).fill('pull')), 40_001)).toBe(413)
  })

  test('beside them an app’s own procedures have the larger limit, whatever they are called', async () => {
    const t = initTRPC.create()
    const own = t.router({
      pull: t.procedure.input(z.unknown()).mutation(({ input }) => JSON.stringify(input).length),
    })
    const router = t.router({ git: own, sync: createSyncRouter({ ...sync, procedure: t.procedure }) })
    server = await serve('/trpc', createExpressMiddleware({ router, createContext: () => ({}) }))
    expect(await post(`${server.url}/git.pull`, 900_000)).toBe(200)
    expect(await post(`${server.url}/sync.pull`, 900_000)).toBe(413)
    expect(await post(`${server.url}/git.pull`, 1_100_000)).toBe(413)
  })
})

/** As nobody has to write it, and anybody may. */
const encodeName = (name: string): string => `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`

describe('[HX16] what an answer depends on is said to whatever keeps answers, and nothing may', () => {
  const varyOf = ({ headers }: Response): readonly string[] =>
    (headers.get('vary') ?? '').split(',').map((name) => name.trim())

  test('with each answer: of success, of refusal, of a stream', async () => {
    const url = await start()
    const query = encodeURIComponent(
      JSON.stringify({ json: { protocol: 4, clientId: 'c', scope, cursor: '' } }),
    )
    const listening = new AbortController()
    const live = encodeURIComponent(JSON.stringify({ json: { protocol: 4, clientId: 'c', scopes: [scope] } }))
    const answers = [
      await fetch(`${url}/pull?input=${query}`),
      await fetch(`${url}/nothing`),
      await fetch(`${url}/push`, { method: 'POST', body: '{', headers: { 'content-encoding': 'gzip' } }),
      await fetch(`${url}/live?input=${live}`, {
        headers: { accept: 'text/event-stream' },
        signal: listening.signal,
      }),
    ]
    listening.abort()
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 415, 200])
    for (const answer of answers) {
      expect(varyOf(answer)).toEqual(expect.arrayContaining(['Authorization', 'Cookie']))
      expect(answer.headers.get('cache-control')).toMatch(/no-cache|no-store/)
    }
  })

  test('beside what the app’s own CORS said: Origin stays', async () => {
    const app = express.Router()
    app.use((_, res, next) => {
      res.vary('Origin')
      next()
    })
    app.use('/sync', createSyncMiddleware({ ...sync, authenticate: () => ({ id: 'ada' }) }))
    server = await serve('/v1', app)
    for (const path of ['pull?input={}', 'nothing'])
      expect(varyOf(await fetch(`${server.url}/sync/${path}`))).toEqual(
        expect.arrayContaining(['Origin', 'Authorization', 'Cookie']),
      )
  })
})

test('[HX24] first how large it is, then who it is, then how often they asked, then what it says, then what they may', async () => {
  const steps: string[] = []
  const step = <TValue>(name: string, value: TValue): TValue => {
    steps.push(name)
    return value
  }
  let wait = 0
  server = await serve(
    '/sync',
    createSyncMiddleware({
      ...sync,
      authenticate: ({ headers }) =>
        step('who', headers.authorization === undefined ? undefined : { id: 'ada' }),
      rates: { take: () => step('how often', wait) },
      scopes: () => step('scopes', [scope]),
      authorize: () => step('authorize', true),
    }),
  )
  const { url } = server
  const push = async (body: string, more: Record<string, string> = { authorization: 'ada' }) => {
    steps.length = 0
    const headers = { 'content-type': 'application/json', ...more }
    const response = await fetch(`${url}/push`, { method: 'POST', headers, body })
    return { status: response.status, text: await response.text(), steps: [...steps] }
  }
  const message = (operations: readonly unknown[], more: object = {}): string =>
    JSON.stringify({
      json: {
        ...{ protocol: 4, clientId: 'c', scope, cursor: '', batchId: 'b', operations },
        ...{ instance: { acknowledged: 'i', candidate: 'i' }, ...more },
      },
    })
  const operation = {
    ...{ id: 'o', clientSeq: 1, collection: 'notes', recordId: 'n', type: 'create', baseVersion: 0 },
    ...{ payload: '{"id":"n","text":"a"}', timestamp: 1, opVersion: '1.0.0' },
  }
  expect(await push('x'.repeat(1_100_000), {})).toMatchObject({ status: 413, steps: [] })
  expect(await push('{ not JSON', {})).toMatchObject({ status: 401, steps: ['who'] })
  wait = 1_000
  expect(await push(message([7], { scope: 5 }))).toMatchObject({
    steps: ['who', 'how often'],
    text: expect.stringContaining('RATE_LIMITED') as string,
  })
  wait = 0
  expect(await push(message([7], { scope: 5 }))).toMatchObject({
    steps: ['who', 'how often'],
    text: expect.stringContaining('INVALID') as string,
  })
  expect((await push(message([7]))).steps).toEqual(['who', 'how often', 'scopes'])
  expect((await push(message([operation]))).steps).toEqual(['who', 'how often', 'scopes', 'authorize'])
})
