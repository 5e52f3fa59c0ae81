import { firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { alwaysOnline, callbackConnectivity, manualConnectivity } from '@holdfast/core'
import { listen } from './support.ts'

type Tell = (online: boolean | null | undefined) => void

const source = (inTheFormOf: 'function' | 'object' = 'function') => {
  const tells: Tell[] = []
  const end = (tell: Tell) => () => void tells.splice(tells.indexOf(tell), 1)
  const connectivity = callbackConnectivity((tell) => {
    tells.push(tell)
    return inTheFormOf === 'function' ? end(tell) : { remove: end(tell) }
  })
  return { connectivity, tells, tell: (online: boolean | null | undefined) => tells.at(-1)?.(online) }
}

describe('[CN1] what was last known stands, and each change is told once', () => {
  test('by callbacks', () => {
    const { connectivity, tell } = source()
    const { heard } = listen(connectivity)
    expect(connectivity.isOnline()).toBe(true)
    for (const online of [true, false, false, true, true, false]) tell(online)
    expect(heard).toEqual([false, true, false])
    expect(connectivity.isOnline()).toBe(false)
  })

  test('by a switch', () => {
    const connectivity = manualConnectivity()
    const { heard } = listen(connectivity)
    for (const online of [true, false, false, true]) connectivity.set(online)
    expect(heard).toEqual([false, true])
  })

  test('nothing is told where there is always a network', () => {
    expect(listen(alwaysOnline).heard).toEqual([])
    expect(alwaysOnline.isOnline()).toBe(true)
  })

  test('to all who listen, whenever they came', () => {
    const { connectivity, tell } = source()
    const first = listen(connectivity)
    tell(false)
    const second = listen(connectivity)
    expect(second.heard).toEqual([])
    tell(true)
    expect([first.heard, second.heard]).toEqual([[false, true], [true]])
  })
})

test('[CN7] not known is no change', () => {
  const { connectivity, tell } = source()
  const { heard } = listen(connectivity)
  tell(null)
  tell(undefined)
  expect([heard, connectivity.isOnline()]).toEqual([[], true])
  tell(false)
  tell(null)
  expect([heard, connectivity.isOnline()]).toEqual([[false], false])
})

describe('[CN2] a source is listened to while somebody listens', () => {
  test.each(['function', 'object'] as const)('and left by a %s', (form) => {
    const { connectivity, tells } = source(form)
    expect(tells).toHaveLength(0)
    const [first, second] = [listen(connectivity), listen(connectivity)]
    expect(tells).toHaveLength(1)
    first.stop()
    expect(tells).toHaveLength(1)
    second.stop()
    expect(tells).toHaveLength(0)
    listen(connectivity)
    expect(tells).toHaveLength(1)
  })

  test('what it says afterwards counts for nothing', () => {
    const { connectivity, tells } = source()
    const listening = listen(connectivity)
    const [late] = tells
    listening.stop()
    late?.(false)
    expect(connectivity.isOnline()).toBe(true)
  })

  test('also where it calls back at once, and the listener leaves at once', async () => {
    let open = 0
    const connectivity = callbackConnectivity((tell) => {
      open += 1
      tell(false)
      return () => {
        open -= 1
      }
    })
    expect(await firstValueFrom(connectivity.online$)).toBe(false)
    expect(open).toBe(0)
  })
})
