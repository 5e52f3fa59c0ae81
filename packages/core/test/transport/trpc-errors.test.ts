import { describe, expect, test } from 'vitest'
import { createTRPCUntypedClient, httpBatchLink, httpLink, TRPCClientError } from '@trpc/client'
import { SyncError, type ErrorCode } from '@holdfast/core'
import { keepingResponse } from '@holdfast/core/trpc'
import { toTransportError } from '../../src/transport/trpc-errors.ts'
import { expectSentence } from '../support/failure.ts'

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body was a tRPC error. */
  readonly ours?: boolean
}

const failed = ({ status, headers = {}, ours = false }: Answer): Error => {
  const response = new Response(null, { status, headers })
  if (!ours) return TRPCClientError.from(new Error('no', { cause: response }))
  const error = { error: { message: 'no', code: -32_000, data: { code: 'SOME', httpStatus: status } } }
  return TRPCClientError.from(error as never, { meta: { response } })
}

const cases: readonly [name: string, answer: Answer, code: ErrorCode][] = [
  ['401 of the app', { status: 401, ours: true }, 'AUTH_REQUIRED'],
  ['401 of a gateway', { status: 401 }, 'AUTH_REQUIRED'],
  ['403 of the app', { status: 403, ours: true }, 'FORBIDDEN_OR_MISSING'],
  ['403 of a gateway', { status: 403 }, 'BAD_ANSWER'],
  ['404 of the app', { status: 404, ours: true }, 'BAD_ANSWER'],
  ['404 of a proxy', { status: 404 }, 'BAD_ANSWER'],
  ['413', { status: 413 }, 'TOO_LARGE'],
  ['429', { status: 429 }, 'RATE_LIMITED'],
  ['500 of the app', { status: 500, ours: true }, 'SERVER_FAILED'],
  ['502', { status: 502 }, 'SERVER_FAILED'],
  ['200 with a page', { status: 200 }, 'BAD_ANSWER'],
]

test.each(cases)('[EN31] %s', (_name, answer, code) => {
  const error = toTransportError(failed(answer), 'push')
  expect(error.code).toBe(code)
  expectSentence(error)
})

describe('[EN32] Retry-After', () => {
  const waitOf = (headers: Readonly<Record<string, string>>): number | undefined => {
    const { details } = toTransportError(failed({ status: 429, headers }), 'push')
    return (details as { readonly retryAfterMs?: number }).retryAfterMs
  }
  const date = 'Sun, 22 Nov 2026 12:00:00 GMT'

  test('in seconds', () => {
    expect(waitOf({ 'retry-after': '120' })).toBe(120_000)
    expect(waitOf({ 'retry-after': ' 7 ' })).toBe(7_000)
    expect(waitOf({ 'retry-after': '0' })).toBe(0)
  })

  test('as a date, measured against the answer’s own date', () => {
    expect(waitOf({ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT', date })).toBe(30_000)
  })

  test.each([
    [{}],
    [{ 'retry-after': 'soon' }],
    [{ 'retry-after': '-5' }],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:59:00 GMT', date }],
  ])('%j says nothing', (headers) => {
    expect(waitOf(headers)).toBeUndefined()
  })

  test('of a server that fails', () => {
    const error = toTransportError(failed({ status: 503, headers: { 'retry-after': '9' } }), 'push')
    expect(error.details).toEqual({ status: 503, retryAfterMs: 9_000 })
  })
})

test('[EN31] what never reached a server is unreachable, whatever was thrown', () => {
  for (const thrown of [
    new TypeError('fetch failed'),
    TRPCClientError.from(new TypeError('fetch failed')),
    'odd',
  ]) {
    expect(toTransportError(thrown, 'pull').code).toBe('NETWORK_UNREACHABLE')
  }
})

test('[EN31] through the app’s own tRPC client an unreadable answer is a bad one too', () => {
  expect(toTransportError(TRPCClientError.from(new SyntaxError('Unexpected token <')), 'pull').code).toBe(
    'BAD_ANSWER',
  )
})

describe.each([
  ['httpLink', httpLink],
  ['httpBatchLink', httpBatchLink],
])('[EN31] [EN32] %s of the app’s own client, with keepingResponse', (_name, link) => {
  const asked = async (answer: Response): Promise<SyncError> => {
    const fetch = keepingResponse(async () => answer)
    const client = createTRPCUntypedClient({ links: [link({ url: 'https://example.org/trpc', fetch })] })
    const error: unknown = await client.query('sync.pull', {}).catch((thrown: unknown) => thrown)
    return toTransportError(error, 'pull')
  }
  const page = '<!doctype html><title>Slowly</title>'

  test('a proxy’s page keeps its status, and how long to wait', async () => {
    const error = await asked(new Response(page, { status: 429, headers: { 'retry-after': '7' } }))
    expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 7_000 } })
    expect(await asked(new Response(page, { status: 401 }))).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(await asked(new Response(page, { status: 413 }))).toMatchObject({ code: 'TOO_LARGE' })
  })

  test('a page with status 200 is a bad answer', async () => {
    expect(await asked(new Response(page))).toMatchObject({ code: 'BAD_ANSWER' })
  })
})

test('a SyncError passes as it is', () => {
  const error = new SyncError('INVALID', 'It does not fit.', {})
  expect(toTransportError(error, 'push')).toBe(error)
})
