import { expect, test } from 'vitest'
import { isSyncError } from '@holdfast/core'
import {
  createSeededRandom,
  createSimulatedProcess,
  createVirtualTime,
  simulatedTransport,
  type Delivery,
  type WireAnswer,
} from '@holdfast/core/testing'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const pulled = {
  kind: 'answer',
  changes: [],
  cursor: 'c',
  hasMore: false,
  head: 0,
  decided: { watermark: 0, above: [] },
  serverTime: 1,
}
const good: WireAnswer = { status: 200, body: JSON.stringify(pulled) }
const input = { protocol: 1, clientId: 'c-1', scope: 's', cursor: '' }

interface Given {
  readonly request?: Delivery
  readonly response?: Delivery
  readonly answer?: WireAnswer | undefined
}

/** What becomes of one pull, when, and how often the server was asked. */
const pull = async ({ request = { copies: [10] }, response = { copies: [10] }, ...rest }: Given) => {
  const random = createSeededRandom('a')
  const time = createVirtualTime({ random, settle })
  const process = createSimulatedProcess({ name: 'tab', time, random, wallClock: () => 0 })
  const plan = { request: () => request, response: () => response }
  let asked = 0
  const endpoint = async (): Promise<WireAnswer | undefined> => {
    asked += 1
    return 'answer' in rest ? rest.answer : good
  }
  const transport = simulatedTransport({ time, process, endpoint, plan, timeout: 1_000 })
  let ended: { readonly outcome: string; readonly at: number } | undefined
  const end = (outcome: string): void => {
    ended = { outcome, at: time.now() }
  }
  transport.pull(input, { signal: new AbortController().signal }).then(
    (answer) => end(`cursor ${answer.cursor}`),
    (error: unknown) => end(isSyncError(error) ? error.code : 'no SyncError'),
  )
  while (await time.step(5_000));
  return { ...ended, asked }
}

test('an answer comes after both ways', async () => {
  expect(await pull({})).toEqual({ outcome: 'cursor c', at: 20, asked: 1 })
})

test('a lost message ends in a time-out, whichever way it went', async () => {
  const lost = { copies: [] }
  expect(await pull({ request: lost })).toEqual({ outcome: 'NETWORK_UNREACHABLE', at: 1_000, asked: 0 })
  expect(await pull({ response: lost })).toEqual({ outcome: 'NETWORK_UNREACHABLE', at: 1_000, asked: 1 })
  expect(await pull({ answer: undefined })).toEqual({ outcome: 'NETWORK_UNREACHABLE', at: 1_000, asked: 1 })
})

test('a doubled request reaches the server twice and is answered once', async () => {
  expect(await pull({ request: { copies: [10, 300] } })).toEqual({ outcome: 'cursor c', at: 20, asked: 2 })
})

test('a late copy still reaches the server after the client gave up', async () => {
  expect(await pull({ request: { copies: [3_000] } })).toEqual({
    outcome: 'NETWORK_UNREACHABLE',
    at: 1_000,
    asked: 1,
  })
})

test.each([
  [{ status: 401, body: '' }, 'AUTH_REQUIRED'],
  [{ status: 429, body: '', retryAfterMs: 5 }, 'RATE_LIMITED'],
  [{ status: 503, body: '<html>' }, 'SERVER_FAILED'],
  [{ status: 200, body: '<html>Welcome</html>' }, 'BAD_ANSWER'],
  [{ status: 200, body: '{"kind":"answer"}' }, 'BAD_ANSWER'],
])('%o is %s', async (answer, code) => {
  expect(await pull({ answer })).toMatchObject({ outcome: code })
  expect(await pull({ request: { copies: [], answeredBy: answer } })).toMatchObject({
    outcome: code,
    asked: 0,
  })
})
