import { httpLink } from '@trpc/client'
import { SuperJSON } from 'superjson'
import { describe, expect, test } from 'vitest'
import { NoResult, trpcOverHttp, type TrpcUrlOptions } from '../../src/transport/trpc-http.ts'

const superjson = new SuperJSON()

type Fetch = typeof globalThis.fetch

interface Asked {
  readonly url: unknown
  readonly init: Omit<RequestInit, 'signal' | 'body'> & { readonly body?: unknown }
}

const noting = (answer: string, status = 200): { readonly fetch: Fetch; readonly asked: Asked[] } => {
  const asked: Asked[] = []
  const fetch: Fetch = async (url, { signal: _signal, ...init } = {}) => {
    asked.push({ url, init })
    return new Response(answer, { status })
  }
  return { fetch, asked }
}

interface Call {
  readonly type: 'query' | 'mutation'
  readonly input: unknown
}

const signal = new AbortController().signal

/** tRPC's own link, in the place of ours. */
const trpcLink = ({ path = 'sync', ...options }: TrpcUrlOptions): ((call: Call) => Promise<unknown>) => {
  const { transformer = superjson, ...rest } = options
  const given = transformer === 'none' ? rest : { ...rest, transformer }
  const link = httpLink(given as Parameters<typeof httpLink>[0])({})
  return ({ type, input }) =>
    new Promise((resolve, reject) => {
      const name = path === '' ? 'pull' : `${path}.pull`
      link({
        op: { id: 1, type, path: name, input, context: {}, signal },
        next: () => {
          throw new Error('There is no further link.')
        },
      }).subscribe({
        next: ({ result }) => resolve('data' in result ? result.data : undefined),
        error: reject,
      })
    })
}

const ours = (options: TrpcUrlOptions): ((call: Call) => Promise<unknown>) => {
  const ask = trpcOverHttp(options)
  return ({ type, input }) => ask(type, 'pull', input, signal)
}

const upsideDown = {
  serialize: (value: unknown) => ({ sent: JSON.stringify(value).split('').toReversed().join('') }),
  deserialize: (value: unknown) => ({ read: value }),
}

const options: readonly [name: string, Omit<TrpcUrlOptions, 'fetch'>][] = [
  ['a path', { url: '/trpc' }],
  ['a slash at the end', { url: 'https://example.org/api/trpc/' }],
  ['a query of its own', { url: 'https://example.org/trpc?tenant=a&b=%2F' }],
  ['the router at the root', { url: '/trpc', path: '' }],
  ['the router further down', { url: '/trpc', path: 'v2.sync' }],
  ['headers', { url: '/trpc', headers: () => ({ authorization: 'token', 'x-b': undefined }) }],
  ['headers that come later', { url: '/trpc', headers: async () => ({ authorization: 'token' }) }],
  ['headers as pairs', { url: '/trpc', headers: () => new Map([['x-a', '1']]) }],
  ['a content type of its own', { url: '/trpc', headers: () => ({ 'Content-Type': 'text/plain' }) }],
  ['no transformer', { url: '/trpc', transformer: 'none' }],
  ['a transformer', { url: '/trpc', transformer: upsideDown }],
  ['a transformer for each way', { url: '/trpc', transformer: { input: upsideDown, output: superjson } }],
]

const input = { protocol: 2, scope: 'ä/ö?&=#%', above: [1, 2], deep: { text: '"\\' } }
const data = { kind: 'answer', text: 'ä"' }

describe('[EN36] over a URL a request is the one that tRPC’s own link makes', () => {
  test.each(options)('with %s', async (_name, given) => {
    for (const type of ['query', 'mutation'] as const) {
      const answer = JSON.stringify({
        result: { data: given.transformer === 'none' ? data : { json: data } },
      })
      const [mine, theirs] = [noting(answer), noting(answer)]
      const results = await Promise.all([
        ours({ ...given, fetch: mine.fetch })({ type, input }),
        trpcLink({ ...given, fetch: theirs.fetch })({ type, input }),
      ])
      expect(mine.asked).toHaveLength(1)
      expect(mine.asked).toEqual(theirs.asked)
      expect(results[0]).toEqual(results[1])
    }
  })
})

const thrownBy = (call: (call: Call) => Promise<unknown>): Promise<unknown> =>
  call({ type: 'query', input }).catch((thrown: unknown) => thrown)

const shape = { message: 'UNAUTHORIZED', code: -32_001, data: { code: 'UNAUTHORIZED', httpStatus: 401 } }

test('[EN31] an error is read as tRPC’s own link reads it', async () => {
  const bodies = [
    [{ error: shape }, 'none'],
    [{ error: { json: shape } }, undefined],
    [{ error: superjson.serialize({ ...shape, data: { ...shape.data, at: new Date(5) } }) }, undefined],
  ] as const
  for (const [body, transformer] of bodies) {
    const { fetch } = noting(JSON.stringify(body), 401)
    const given = { url: '/trpc', fetch, ...(transformer === undefined ? {} : { transformer }) }
    const error = await thrownBy(ours(given))
    const expected = await thrownBy(trpcLink(given))
    expect(error).toBeInstanceOf(NoResult)
    expect(error).toMatchObject({ message: 'UNAUTHORIZED', data: shape.data })
    expect(expected).toMatchObject({ message: 'UNAUTHORIZED', data: shape.data })
    expect((error as NoResult).response.status).toBe(401)
  }
})

test.each([
  ['text', 'Bad gateway'],
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['an error that is a text', '{"error":"down"}'],
  ['a result that is no object', '{"result":null}'],
  ['a result that superjson did not write', '{"result":{"data":{"kind":"answer"}}}'],
  ['a result with annotations', '{"result":{"data":{"json":{"at":"x"},"meta":{"values":{"at":["Date"]}}}}}'],
])('[EN34] %s is no result, and the response is kept', async (_name, body) => {
  const { fetch } = noting(body, 502)
  const error = await thrownBy(ours({ url: '/trpc', fetch }))
  expect(error).toBeInstanceOf(NoResult)
  expect((error as NoResult).response.status).toBe(502)
})
