import { afterEach, describe, expect, test, vi } from 'vitest'
import { browserConnectivity, type BrowserConnectivityOptions } from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { fakeWindow, listen, manualProbe, settle } from './support.ts'

afterEach(() => void vi.unstubAllGlobals())

describe('[CN3] the browser is believed where there is no probe', () => {
  test('what it says now counts, also while nobody listens', () => {
    const window = fakeWindow(false)
    const connectivity = browserConnectivity({ window })
    expect(connectivity.isOnline()).toBe(false)
    window.navigator.onLine = true
    expect(connectivity.isOnline()).toBe(true)
  })

  test('its events are told', () => {
    const window = fakeWindow()
    const { heard } = listen(browserConnectivity({ window }))
    for (const online of [false, false, true, true, false]) window.say(online)
    expect(heard).toEqual([false, true, false])
  })

  test('[CN2] it is listened to while somebody listens', () => {
    const window = fakeWindow()
    const connectivity = browserConnectivity({ window })
    expect(window.listeners.size).toBe(0)
    const [first, second] = [listen(connectivity), listen(connectivity)]
    expect(window.listeners.size).toBe(3)
    first.stop()
    second.stop()
    expect(window.listeners.size).toBe(0)
  })

  test('a change that nobody heard is told to the next who listens', () => {
    const window = fakeWindow()
    const connectivity = browserConnectivity({ window })
    window.say(false)
    expect(listen(connectivity).heard).toEqual([false])
  })

  test('a page that was left and is come back to looks again: Safari tells it of nothing meanwhile', () => {
    const window = fakeWindow(false)
    const { heard } = listen(browserConnectivity({ window }))
    window.navigator.onLine = true
    window.show(true)
    expect(heard).toEqual([true])
  })

  test('the global window is taken', () => {
    const window = fakeWindow(false)
    vi.stubGlobal('window', window)
    expect(browserConnectivity().isOnline()).toBe(false)
  })
})

describe('[CN3] where there is no browser there is always a network', () => {
  test.each([
    ['on a server', undefined],
    ['in React Native, whose window knows nothing of networks', { navigator: { product: 'ReactNative' } }],
    ['where a library made a window of its own', {}],
  ])('%s', (_, window) => {
    vi.stubGlobal('window', window)
    const connectivity = browserConnectivity({ probe: () => Promise.resolve(false) })
    expect(connectivity.isOnline()).toBe(true)
    expect(listen(connectivity).heard).toEqual([])
  })
})

const probed = (online = true, options: Partial<BrowserConnectivityOptions> = {}) => {
  const environment = manualEnvironment()
  const window = fakeWindow(online)
  const { asked, probe, answer } = manualProbe()
  const connectivity = browserConnectivity({ window, environment, probe, ...options })
  return { environment, window, asked, answer, connectivity }
}

describe('[CN4] with a probe the browser is a reason to ask, and the probe decides', () => {
  test('the browser is right until the first answer', async () => {
    for (const online of [true, false]) {
      const { connectivity, answer, asked } = probed(online)
      expect(connectivity.isOnline()).toBe(online)
      const { heard } = listen(connectivity)
      expect(asked).toHaveLength(1)
      await answer(!online)
      expect([heard, connectivity.isOnline()]).toEqual([[!online], !online])
    }
  })

  test('online without a way to the server is offline, until the server answers', async () => {
    const { environment, answer, asked, connectivity } = probed()
    const { heard } = listen(connectivity)
    await answer(false)
    environment.advance(750)
    expect(asked).toHaveLength(2)
    await answer(true)
    expect(heard).toEqual([false, true])
  })

  test('offline with a way to the server is online', async () => {
    const { window, answer, connectivity } = probed()
    const { heard } = listen(connectivity)
    await answer(true)
    window.say(false)
    await answer(true)
    expect([heard, connectivity.isOnline()]).toEqual([[], true])
  })

  test('each event asks anew, and what was asked before counts no more', async () => {
    const { window, asked, answer, connectivity } = probed()
    const { heard } = listen(connectivity)
    await answer(true)
    window.say(false)
    window.say(true)
    expect(asked).toHaveLength(3)
    expect(asked[1]?.signal.aborted).toBe(true)
    asked[1]?.answer(false)
    await answer(true)
    expect(heard).toEqual([])
  })

  test('an event cuts a wait short', async () => {
    const { environment, window, asked, answer, connectivity } = probed()
    listen(connectivity)
    await answer(false)
    window.say(true)
    expect(asked).toHaveLength(2)
    expect(environment.waits()).toEqual([5_000])
  })

  test('while there is a network nothing is asked without a reason, unless `every` says so', async () => {
    for (const [every, waits] of [
      [undefined, []],
      [20_000, [20_000]],
    ] as const) {
      const { environment, answer, connectivity } = probed(true, every === undefined ? {} : { every })
      listen(connectivity)
      await answer(true)
      expect(environment.waits()).toEqual(waits)
    }
  })

  test('and when a page is come back to, not when it is loaded', async () => {
    const { asked, answer, connectivity, window } = probed()
    listen(connectivity)
    await answer(true)
    window.show(false)
    expect(asked).toHaveLength(1)
    window.show(true)
    expect(asked).toHaveLength(2)
  })

  test('[CN2] with the last listener everything ends', async () => {
    const { environment, window, asked, answer, connectivity } = probed()
    const { stop } = listen(connectivity)
    await answer(false)
    stop()
    expect([window.listeners.size, environment.waits()]).toEqual([0, []])
    window.say(true)
    expect(asked).toHaveLength(1)
  })

  test('a URL is a probe', async () => {
    const asked: unknown[] = []
    const { connectivity } = probed(false, {
      probe: '/health',
      fetch: async (input) => {
        asked.push(input)
        return new Response()
      },
    })
    const { heard } = listen(connectivity)
    await settle()
    expect([asked, heard]).toEqual([['/health'], [true]])
  })
})

test('waits have to be waits, in the browser too', async () => {
  const error = await failure(() => browserConnectivity({ every: -1 }), 'MISCONFIGURED')
  expect(error.details).toEqual({ option: 'every' })
})
