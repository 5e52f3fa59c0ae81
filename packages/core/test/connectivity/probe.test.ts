import { describe, expect, test } from 'vitest'
import { httpProbe, probeConnectivity, type Probe, type ProbeConnectivityOptions } from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { listen, manualProbe, settle } from './support.ts'

const open = (options: Partial<ProbeConnectivityOptions> = {}) => {
  const environment = manualEnvironment()
  const { asked, probe, answer } = manualProbe()
  const connectivity = probeConnectivity({ probe, environment, ...options })
  return { environment, asked, answer, connectivity }
}

test('[CN2] nothing is asked before somebody listens, nor afterwards', async () => {
  const { environment, asked, answer, connectivity } = open()
  expect(connectivity.isOnline()).toBe(true)
  expect([asked.length, environment.waits()]).toEqual([0, []])
  const [first, second] = [listen(connectivity), listen(connectivity)]
  expect(asked).toHaveLength(1)
  await answer(true)
  first.stop()
  expect(environment.waits()).toEqual([30_000])
  second.stop()
  expect(environment.waits()).toEqual([])
  listen(connectivity)
  expect(asked).toHaveLength(2)
})

test('[CN2] a probe under way is given up with the last listener, and says nothing afterwards', async () => {
  const { environment, asked, answer, connectivity } = open()
  const { heard, stop } = listen(connectivity)
  stop()
  expect(asked[0]?.signal.aborted).toBe(true)
  await answer(false)
  expect([heard, connectivity.isOnline(), environment.waits()]).toEqual([[], true, []])
})

test('[CN6] while there is a network it is asked each `every`', async () => {
  const { environment, asked, answer, connectivity } = open({ every: 10_000 })
  const { heard } = listen(connectivity)
  for (let round = 1; round <= 3; round += 1) {
    await answer(true)
    expect(asked).toHaveLength(round)
    environment.advance(9_999)
    expect(asked).toHaveLength(round)
    environment.advance(1)
    expect(asked).toHaveLength(round + 1)
  }
  expect(heard).toEqual([])
})

describe('[CN6] failed probes are repeated after waits that grow', () => {
  test('up to the cap, with jitter, and anew after a success', async () => {
    const { environment, answer, connectivity } = open({ retry: { base: 1_000, cap: 5_000 } })
    const { heard } = listen(connectivity)
    for (const expected of [750, 1_500, 3_000, 3_750, 3_750]) {
      await answer(false)
      expect(environment.waits()).toEqual([expected])
      environment.advance(expected)
    }
    expect(heard).toEqual([false])
    await answer(true)
    expect(heard).toEqual([false, true])
    environment.advance(30_000)
    await answer(false)
    expect(environment.waits()).toEqual([750])
  })

  test.each([
    [0, 500],
    [0.999, 1_000],
  ])('with a jitter of %d the first wait is %d ms', async (jitter, expected) => {
    const { environment, answer, connectivity } = open()
    environment.jitter = jitter
    listen(connectivity)
    await answer(false)
    expect(environment.waits()).toEqual([expected])
  })

  test('and no wait is above the cap, however often they fail', async () => {
    const { environment, answer, connectivity } = open()
    listen(connectivity)
    for (let round = 0; round < 60; round += 1) {
      await answer(false)
      environment.advance(environment.waits()[0] ?? 0)
    }
    await answer(false)
    expect(environment.waits()).toEqual([45_000])
  })
})

describe('[CN5] a probe that does not answer with true counts as no network', () => {
  test('after its time, and it is given up', async () => {
    const { environment, asked, answer, connectivity } = open({ timeout: 3_000 })
    const { heard } = listen(connectivity)
    environment.advance(2_999)
    expect(heard).toEqual([])
    environment.advance(1)
    expect(heard).toEqual([false])
    expect(asked[0]?.signal.aborted).toBe(true)
    await answer(true)
    expect(heard).toEqual([false])
  })

  const bad: readonly [string, () => unknown][] = [
    ['rejects', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'throws',
      () => {
        throw new Error('at once')
      },
    ],
    ['answers nothing', async () => undefined],
    ['answers with what is no boolean', async () => 'yes'],
  ]
  test.each(bad)('where it %s', async (_, probe) => {
    const { connectivity } = open({ probe: probe as Probe })
    const { heard } = listen(connectivity)
    await settle()
    expect(heard).toEqual([false])
  })
})

test('[CN6] no timer is left from an answered probe', async () => {
  const { environment, answer, connectivity } = open({ every: 7_000, timeout: 5_000 })
  listen(connectivity)
  expect(environment.waits()).toEqual([5_000])
  await answer(true)
  expect(environment.waits()).toEqual([7_000])
})

test.each([
  ['every', { every: 0 }],
  ['timeout', { timeout: -1 }],
  ['retry.base', { retry: { base: Number.NaN } }],
  ['retry.cap', { retry: { cap: Infinity } }],
])('%s has to be a wait', async (option, wrong) => {
  const error = await failure(() => open(wrong), 'MISCONFIGURED')
  expect(error.details).toEqual({ option })
})

test.each([undefined, '/health'])(
  '[CN5] %s can’t be asked, and would be no network for good: it is refused',
  async (probe) => {
    const make = () => probeConnectivity({ probe } as unknown as ProbeConnectivityOptions)
    expect((await failure(make, 'MISCONFIGURED')).details).toEqual({ option: 'probe' })
  },
)

describe('[CN8] httpProbe', () => {
  const asking = async (response: () => Promise<Response>) => {
    const requests: (readonly [unknown, RequestInit | undefined])[] = []
    const probe = httpProbe('/health', (input, init) => {
      requests.push([input, init])
      return response()
    })
    const { signal } = new AbortController()
    return { answer: await probe(signal).catch(() => 'rejected'), requests, signal }
  }

  test('is a HEAD request past all caches that follows no redirection', async () => {
    const { answer, requests, signal } = await asking(async () => new Response())
    expect(answer).toBe(true)
    expect(requests).toEqual([['/health', { method: 'HEAD', cache: 'no-store', redirect: 'error', signal }]])
  })

  test.each([401, 404, 500, 503])('is not content with %d', async (status) => {
    expect((await asking(async () => new Response(null, { status }))).answer).toBe(false)
  })

  test('passes on what fetch throws', async () => {
    expect((await asking(() => Promise.reject(new TypeError('redirected')))).answer).toBe('rejected')
  })
})
