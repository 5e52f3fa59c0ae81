import { expect, test } from 'vitest'
import { defaultRates, inProcessRates, type RateLimiter } from '@holdfast/server'
import { memoryWorld, testEnvironment, type Caller } from '../support/world.ts'

const start = 1_750_000_000_000
const ctxOf = (id: string): Caller => ({ user: { id } })
const tooSoon = (retryAfterMs: number) => ({
  kind: 'refused',
  code: 'RATE_LIMITED',
  details: { retryAfterMs },
})

test('[RL1] a user who asks too often is told when they may again, and others are answered', async () => {
  const environment = testEnvironment(start)
  const rates = inProcessRates({ pull: { perSecond: 0.5, burst: 3 } }, environment)
  const { client } = memoryWorld({ environment, rates })
  const [ada, bert] = [client('a', 'ada'), client('b', 'bert')]
  for (let count = 0; count < 3; count += 1) await ada.pull()
  expect(await ada.pullRaw()).toMatchObject(tooSoon(2_000))
  await bert.pull()
  environment.at(start + 1_500)
  expect(await ada.pullRaw()).toMatchObject(tooSoon(500))
  environment.at(start + 2_000)
  await ada.pull()
  expect(await ada.pullRaw()).toMatchObject(tooSoon(2_000))
  // A long pause counts for no more than a burst.
  environment.at(start + 86_400_000)
  for (let count = 0; count < 3; count += 1) await ada.pull()
  expect(await ada.pullRaw()).toMatchObject(tooSoon(2_000))
})

test('[RL2] each procedure counts by itself; all devices of a user count together', async () => {
  const environment = testEnvironment(start)
  const once = { perSecond: 1, burst: 1 }
  const names = ['push', 'pull', 'snapshot', 'preflight', 'resume'] as const
  const rates = inProcessRates(Object.fromEntries(names.map((name) => [name, once])), environment)
  const { handlers } = memoryWorld({ environment, rates })
  for (const name of names)
    expect(await handlers[name](ctxOf('ada'), { clientId: 'a' })).toMatchObject({ code: 'INVALID' })
  for (const name of names)
    expect(await handlers[name](ctxOf('ada'), { clientId: 'b' })).toMatchObject(tooSoon(1_000))
})

test('[RL3] it is asked before anything of the request is read, and not about strangers', async () => {
  const asked: string[] = []
  const rates: RateLimiter = {
    take(user, procedure) {
      asked.push(`${user} ${procedure}`)
      return 7
    },
  }
  const { handlers } = memoryWorld({ rates })
  const input = new Proxy(
    {},
    {
      get: () => {
        throw new Error('It was read.')
      },
    },
  )
  expect(await handlers.push(ctxOf('ada'), input)).toMatchObject(tooSoon(7))
  expect(await handlers.push(ctxOf(''), input)).toMatchObject({ code: 'AUTH_REQUIRED' })
  expect(asked).toEqual(['ada push'])
})

test('[RL4] a limiter may count where all processes reach it; one that fails limits nobody, and the log has it', async () => {
  const failures: unknown[] = []
  const logger = { error: (_: string, details?: unknown) => void failures.push(details) }
  const counted = new Map<string, number>()
  const shared: RateLimiter = {
    async take(user) {
      const count = (counted.get(user) ?? 0) + 1
      counted.set(user, count)
      return count > 2 ? 1_000 : 0
    },
  }
  const processes = [memoryWorld({ rates: shared }), memoryWorld({ rates: shared })]
  for (const { client } of processes) await client('a', 'ada').pull()
  expect(await processes[0]?.client('a', 'ada').pullRaw()).toMatchObject(tooSoon(1_000))

  const lost = new Error('There is no way to the counts.')
  const { client } = memoryWorld({ logger, rates: { take: () => Promise.reject(lost) } })
  await client('a', 'ada').pull()
  expect(failures).toEqual([{ error: lost }])
})

test.each([
  ['rates.push', { push: { perSecond: 0, burst: 1 } }],
  ['rates.pull', { pull: { perSecond: 1, burst: 0 } }],
  ['rates.resume', { resume: { perSecond: Number.NaN, burst: 1 } }],
])('[RL5] a rate that would never let anybody through stops the start: %s', (option, rates) => {
  expect(() => inProcessRates(rates)).toThrowError(
    expect.objectContaining({ code: 'MISCONFIGURED', details: { option } }),
  )
})

test('[RL6] a server that says nothing of rates has these; one that says none limits nobody', async () => {
  expect(defaultRates).toEqual({
    push: { perSecond: 5, burst: 200 },
    pull: { perSecond: 5, burst: 100 },
    snapshot: { perSecond: 1, burst: 200 },
    preflight: { perSecond: 1, burst: 20 },
    resume: { perSecond: 2, burst: 20 },
  })
  const environment = testEnvironment(start)
  const limited = memoryWorld({ environment, rates: undefined }).client('a', 'ada')
  for (let count = 0; count < 100; count += 1) await limited.pull()
  expect(await limited.pullRaw()).toMatchObject(tooSoon(200))
  const free = memoryWorld({ environment, rates: 'none' }).client('a', 'ada')
  for (let count = 0; count < 300; count += 1) await free.pull()
})

test('[RL7] no honest device waits at its start: a first sync of 100,000 records, a queue of 10,000 operations, 64 scopes', () => {
  const rates = inProcessRates({}, testEnvironment(start))
  const requests = { snapshot: 100_000 / 500, push: 10_000 / 50, preflight: 10_000 / 500, pull: 64 }
  for (const [procedure, count] of Object.entries(requests) as [keyof typeof requests, number][])
    for (let made = 0; made < count; made += 1) expect(rates.take('ada', procedure)).toBe(0)
})
