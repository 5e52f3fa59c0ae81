import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { trpcTransport, type TrpcSyncClient, type TrpcTransportOptions } from '@holdfast/core/trpc'
import { EMPTY, NEVER, lastValueFrom, merge, of } from 'rxjs'
import type { LiveNews } from '../../src/transport/live-news.ts'
import type { LiveOverHttp } from '../../src/transport/sse-live.ts'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'

type Fetch = typeof globalThis.fetch

const pull = { protocol: 1, clientId: 'c', scope: 's', cursor: '' }
const answer = {
  kind: 'answer',
  changes: [],
  cursor: 'c-1',
  hasMore: false,
  head: 0,
  decided: { watermark: 0, above: [] },
  serverTime: 1,
}
const never = new AbortController().signal

const reply =
  (body: string, init: ResponseInit = {}): Fetch =>
  async () =>
    new Response(body, init)

/** Never answers; ends when it is aborted, as the real one does. */
const hanging: Fetch = (_input, init) =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(new DOMException('Aborted', 'AbortError'))
    if (init?.signal?.aborted === true) end()
    init?.signal?.addEventListener('abort', end)
  })

const over = (fetch: Fetch) => trpcTransport({ url: 'https://example.org/trpc', transformer: 'none', fetch })
const ask = (fetch: Fetch) => over(fetch).pull(pull, { signal: never })
const json = (data: unknown): string => JSON.stringify({ result: { data } })

test('[EN33] a well-formed answer arrives as it was sent', async () => {
  expect(await ask(reply(json(answer)))).toEqual(answer)
})

test('[EN33] a typed refusal of the server arrives as its SyncError', async () => {
  const refused = {
    kind: 'refused',
    code: 'UPGRADE_REQUIRED',
    message: 'Update the app.',
    details: { side: 'client', supported: [2] },
  }
  const error = await failure(ask(reply(json(refused))), 'UPGRADE_REQUIRED')
  expect(error).toMatchObject({ message: 'Update the app.', details: { side: 'client', supported: [2] } })
})

describe('[EN34] only a well-formed answer counts', () => {
  test.each([
    ['a page with status 200', '<!doctype html><title>Log in</title>'],
    ['nothing', ''],
    ['half an answer', json(answer).slice(0, 40)],
    ['JSON of somebody else', '{"ok":true}'],
    ['a list', '[1,2,3]'],
    ['an answer without its cursor', json({ ...answer, cursor: undefined })],
    ['an unknown kind', json({ ...answer, kind: 'maybe' })],
    ['an unknown code', json({ kind: 'refused', code: 'TEAPOT', message: 'I am one.', details: {} })],
  ])('%s is a bad answer', async (_name, body) => {
    const error = await failure(ask(reply(body)), 'BAD_ANSWER')
    expect(error.disposition).toBe('retry')
  })

  test('a body that breaks off is a network failure', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated')) })
    await failure(
      ask(async () => new Response(body)),
      'NETWORK_UNREACHABLE',
    )
  })
})

describe('[EN35] a request that takes too long is given up', () => {
  test('by the clock that it was given, and no timer is left', async () => {
    const environment = manualEnvironment()
    const options = { url: 'https://example.org/trpc', fetch: hanging, environment, timeout: 5_000 }
    const request = trpcTransport(options).pull(pull, { signal: never })
    expect(environment.waits()).toEqual([5_000])
    environment.advance(5_000)
    const error = await failure(request, 'NETWORK_UNREACHABLE')
    expect(error.message).toBe('The server did not answer within 5000 ms; it will be tried again.')
    expect(error.details).toEqual({ reason: 'time-out' })
    expect(environment.waits()).toEqual([])
  })

  test('an answer in time leaves no timer either', async () => {
    const environment = manualEnvironment()
    const options = {
      url: 'https://example.org/trpc',
      transformer: 'none',
      fetch: reply(json(answer)),
      environment,
    } as const
    await trpcTransport(options).pull(pull, { signal: never })
    expect(environment.waits()).toEqual([])
  })
})

describe('[EN35] what does not heed that it is given up holds nobody up', () => {
  const neverEnding = (): Promise<never> => new Promise(() => undefined)
  const never$ = { subscribe: () => ({ unsubscribe: () => undefined }) }
  const call = { query: neverEnding, mutate: neverEnding }
  const client = { push: call, pull: call, preflight: call, snapshot: call, resume: call, live: never$ }
  const ways: Readonly<Record<string, TrpcTransportOptions>> = {
    'a token that never comes': { url: 'https://example.org/trpc', headers: neverEnding, fetch: hanging },
    'a fetch of the platform': { url: 'https://example.org/trpc', fetch: neverEnding },
    'the app’s own client': { client },
  }

  test.each(Object.keys(ways))('%s, for too long', async (name) => {
    const environment = manualEnvironment()
    const options = { url: '', ...ways[name], environment, timeout: 5_000 }
    const request = trpcTransport(options).pull(pull, { signal: never })
    environment.advance(5_000)
    await failure(request, 'NETWORK_UNREACHABLE')
    expect(environment.waits()).toEqual([])
  })

  test.each(Object.keys(ways))('%s, when it is aborted', async (name) => {
    const controller = new AbortController()
    const request = trpcTransport({ url: '', ...ways[name] }).pull(pull, { signal: controller.signal })
    controller.abort(new SyncError('CLOSED', 'Sync was stopped.', {}))
    await failure(request, 'CLOSED')
  })
})

describe('[LC2] a stream that does not begin within the time of a request is dead', () => {
  const neverBeginning: LiveOverHttp = () => () => NEVER

  test('and leaves no timer', async () => {
    const environment = manualEnvironment()
    const options = { url: 'https://example.org/trpc', live: neverBeginning, environment, timeout: 5_000 }
    const input = { protocol: 1, clientId: 'c', scopes: ['s'] }
    const heard = lastValueFrom(trpcTransport(options).live$?.(input) ?? EMPTY)
    environment.advance(5_000)
    await failure(heard, 'NETWORK_UNREACHABLE')
    expect(environment.waits()).toEqual([])
  })

  test('one that has begun is not', () => {
    const environment = manualEnvironment()
    const begun: LiveOverHttp = () => () => merge(of({ kind: 'open' as const, beatMs: 20_000 }), NEVER)
    const options = { url: 'https://example.org/trpc', live: begun, environment, timeout: 5_000 }
    const heard: LiveNews[] = []
    const stream$ = trpcTransport(options).live$?.({ protocol: 1, clientId: 'c', scopes: ['s'] }) ?? EMPTY
    stream$.subscribe((news) => heard.push(news))
    expect(environment.waits()).toEqual([])
    expect(heard).toEqual([{ kind: 'open', beatMs: 20_000 }])
  })
})

test('[EN13] an abort ends with its own reason, and an aborted request is not sent', async () => {
  const reason = new SyncError('CLOSED', 'Sync was stopped.', {})
  const sent: unknown[] = []
  const noting: Fetch = (input, init) => {
    sent.push(input)
    return hanging(input, init)
  }
  const controller = new AbortController()
  const request = over(noting).pull(pull, { signal: controller.signal })
  controller.abort(reason)
  expect(await failure(request, 'CLOSED')).toBe(reason)
  expect(sent).toHaveLength(1)
  expect(await failure(over(noting).pull(pull, { signal: controller.signal }), 'CLOSED')).toBe(reason)
  expect(sent).toHaveLength(1)
})

test('[EN36] the app’s own tRPC client serves as well', async () => {
  const asked: unknown[] = []
  const call = async (input: unknown): Promise<unknown> => {
    asked.push(input)
    return answer
  }
  const [mutation, query] = [{ mutate: call }, { query: call }]
  const client: TrpcSyncClient = {
    push: mutation,
    pull: query,
    preflight: mutation,
    snapshot: query,
    resume: query,
  }
  expect(await trpcTransport({ client }).pull(pull, { signal: never })).toEqual(answer)
  expect(asked).toEqual([pull])
})

describe('[EN31] what the app says by itself arrives as it is', () => {
  const signedOut = new SyncError('AUTH_REQUIRED', 'Sign in again.', {})
  const refusing = (): never => {
    throw signedOut
  }
  test.each<[string, TrpcTransportOptions]>([
    ['headers', { url: 'https://example.org/trpc', headers: refusing }],
    ['headers that answer later', { url: 'https://example.org/trpc', headers: async () => refusing() }],
    ['fetch', { url: 'https://example.org/trpc', fetch: async () => refusing() }],
  ])('a SyncError of %s', async (_name, options) => {
    const { pull: asked, push } = trpcTransport(options)
    expect(await failure(asked(pull, { signal: never }), 'AUTH_REQUIRED')).toBe(signedOut)
    const batch = { ...pull, batchId: 'b', operations: [] } as unknown as Parameters<typeof push>[0]
    expect(await failure(push(batch, { signal: never }), 'AUTH_REQUIRED')).toBe(signedOut)
  })

  test('anything else counts as a server that can not be reached, and is named', async () => {
    const headers = (): never => {
      throw new Error('There is no session.')
    }
    const { pull: asked } = trpcTransport({ url: 'https://example.org/trpc', headers })
    const error = await failure(asked(pull, { signal: never }), 'NETWORK_UNREACHABLE')
    expect(error.details.reason).toBe('There is no session.')
  })
})

test('[OP02] a transport without an address, or with a stream of another kind, is refused when it is made', async () => {
  const url = 'https://example.org/trpc'
  for (const [options, option] of [
    [{}, 'url'],
    [{ url: undefined }, 'url'],
    [{ ulr: url }, 'url'],
    [{ url, live: true }, 'live'],
  ] as const) {
    const error = await failure(
      () => trpcTransport(options as unknown as TrpcTransportOptions),
      'MISCONFIGURED',
    )
    expect(error.details).toEqual({ option })
  }
})
