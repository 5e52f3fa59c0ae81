import { describe, expect, test } from 'vitest'
import type { NetworkPlugin } from '@capacitor/network'
import type NetInfo from '@react-native-community/netinfo'
import {
  capacitorConnectivity,
  httpProbe,
  netInfoConnectivity,
  type Connectivity,
  type MeteredReason,
} from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { fakeCapacitorNetwork, status } from './fake-capacitor-network.ts'
import { fakeNetInfo, native } from './fake-net-info.ts'
import { listen, manualProbe, settle } from './support.ts'

/** The published libraries themselves are what is taken, by their types: no test can start them. */
export const takesPublished = (netInfo: typeof NetInfo, network: NetworkPlugin): readonly Connectivity[] => {
  const probe = httpProbe('https://app.example/health')
  return [netInfoConnectivity(netInfo, { probe }), capacitorConnectivity(network, { probe })]
}

const meteredOf = ({ metering }: Connectivity) => {
  const heard: (MeteredReason | undefined)[] = []
  const subscription = metering?.metered$.subscribe((reason) => heard.push(reason))
  return { heard, stop: () => subscription?.unsubscribe() }
}

describe('NetInfo', () => {
  test('[CN1] [CN10] is online until NetInfo has reached nobody, or there is no network', () => {
    const netInfo = fakeNetInfo()
    const connectivity = netInfoConnectivity(netInfo)
    const { heard } = listen(connectivity)
    netInfo.say(native.unknown())
    netInfo.say(native.wifi())
    expect([heard, connectivity.isOnline()]).toEqual([[], true])
    netInfo.check(false)
    expect(heard).toEqual([false])
    netInfo.check(true)
    netInfo.say(native.none())
    expect(heard).toEqual([false, true, false])
  })

  test('[CN10] a network that comes back is one once something behind it was reached', () => {
    const netInfo = fakeNetInfo()
    const connectivity = netInfoConnectivity(netInfo)
    netInfo.say(native.none())
    const { heard } = listen(connectivity)
    expect(heard).toEqual([false])
    netInfo.say(native.wifi())
    expect(heard).toEqual([false])
    netInfo.check(true)
    expect(heard).toEqual([false, true])
  })

  test('[CN10] not known is no change', () => {
    const netInfo = fakeNetInfo()
    const connectivity = netInfoConnectivity(netInfo)
    const { heard } = listen(connectivity)
    netInfo.say(native.wifi())
    netInfo.check(true)
    for (const isInternetReachable of [null, undefined])
      for (const listener of netInfo.listeners)
        listener({ ...native.unknown(), isInternetReachable } as Parameters<typeof listener>[0])
    expect([heard, connectivity.isOnline()]).toEqual([[], true])
  })

  test('[CN12] what the system calls expensive is metered, whatever kind of network it is', () => {
    const netInfo = fakeNetInfo()
    const connectivity = netInfoConnectivity(netInfo)
    const { heard } = meteredOf(connectivity)
    for (const state of [native.unknown(), native.wifi(), native.cellular(), native.wifi(true)])
      netInfo.say(state)
    expect(heard).toEqual(['expensive'])
    expect(connectivity.metering?.metered()).toBe('expensive')
    for (const state of [native.cellular(false), native.wifi(true), native.none()]) netInfo.say(state)
    expect(heard).toEqual(['expensive', undefined, 'expensive', undefined])
  })

  test('[CN2] nothing is listened to before and after; a first answer that comes later counts for nothing', () => {
    const netInfo = fakeNetInfo()
    const connectivity = netInfoConnectivity(netInfo)
    expect(netInfo.listeners.size).toBe(0)
    const listening = [listen(connectivity), meteredOf(connectivity)]
    expect(netInfo.listeners.size).toBe(2)
    for (const { stop } of listening) stop()
    netInfo.say(native.none())
    expect([netInfo.listeners.size, connectivity.isOnline()]).toEqual([0, true])
  })
})

describe('Capacitor Network', () => {
  test('[CN1] [CN10] what it says at the start and what changes is told once', async () => {
    const network = fakeCapacitorNetwork(status.none)
    const connectivity = capacitorConnectivity(network.plugin)
    const { heard } = listen(connectivity)
    expect(heard).toEqual([])
    await network.answer()
    await network.answer()
    expect(heard).toEqual([false])
    for (const next of [status.notValidated, status.wifi, status.wifi, status.none, status.unknown])
      network.say(next)
    expect(heard).toEqual([false, true, false, true])
  })

  test('[CN10] an answer of before a change is old', async () => {
    const network = fakeCapacitorNetwork(status.none)
    const connectivity = capacitorConnectivity(network.plugin)
    const { heard } = listen(connectivity)
    await network.answer()
    network.say(status.wifi)
    await network.answer()
    expect([heard, connectivity.isOnline()]).toEqual([[], true])
  })

  test('[CN12] a phone network is metered, what is not known is not', async () => {
    const network = fakeCapacitorNetwork(status.cellular)
    const { heard } = meteredOf(capacitorConnectivity(network.plugin))
    await network.answer()
    await network.answer()
    for (const next of [status.cellular, status.unknown, status.cellular, status.none]) network.say(next)
    expect(heard).toEqual(['cellular', undefined, 'cellular', undefined])
  })

  test('[CN2] a listener whose handle comes after all have left is removed then', async () => {
    const network = fakeCapacitorNetwork(status.none)
    const connectivity = capacitorConnectivity(network.plugin)
    const { stop, heard } = listen(connectivity)
    stop()
    expect(network.listeners.size).toBe(1)
    await network.answer()
    await network.answer()
    expect([network.listeners.size, heard, connectivity.isOnline()]).toEqual([0, [], true])
  })

  test('[CN1] where the platform has no such plugin there is a network', async () => {
    const missing = (): Promise<never> =>
      Promise.reject(new Error('"Network" is not implemented on electron'))
    const connectivity = capacitorConnectivity({ getStatus: missing, addListener: missing })
    const { heard, stop } = listen(connectivity)
    await settle()
    stop()
    expect([heard, connectivity.isOnline()]).toEqual([[], true])
  })
})

describe('[CN11] with a probe they are only a reason to ask', () => {
  test('NetInfo', async () => {
    const netInfo = fakeNetInfo()
    const { asked, probe, answer } = manualProbe()
    const environment = manualEnvironment()
    const { heard, stop } = listen(netInfoConnectivity(netInfo, { probe, environment }))
    expect(asked).toHaveLength(1)
    netInfo.say(native.wifi())
    await answer(true)
    // It says there is no Internet: the app's server is in this house.
    netInfo.check(false)
    expect(asked).toHaveLength(2)
    await answer(true)
    expect(heard).toEqual([])
    // It says there is: a hotel that wants a login first.
    netInfo.check(true)
    await answer(false)
    expect(heard).toEqual([false])
    // A signal that grows stronger is no reason.
    const before = asked.length
    for (const strength of [81, 82, 83]) netInfo.say(native.wifi(false, strength))
    expect(asked).toHaveLength(before)
    stop()
    expect([environment.waits(), netInfo.listeners.size]).toEqual([[], 0])
  })

  test('Capacitor Network', async () => {
    const network = fakeCapacitorNetwork(status.none)
    const { asked, probe, answer } = manualProbe()
    const environment = manualEnvironment()
    const { heard, stop } = listen(capacitorConnectivity(network.plugin, { probe, environment }))
    await network.answer()
    await network.answer()
    await answer(true)
    expect([asked.length, heard]).toEqual([1, []])
    network.say(status.wifi)
    await answer(false)
    for (const each of [status.wifi, status.wifi]) network.say(each)
    expect([asked.length, heard]).toEqual([2, [false]])
    stop()
    await network.answer()
    expect([environment.waits(), network.listeners.size]).toEqual([[], 0])
  })

  test('whose options are checked', async () => {
    const make = async (): Promise<Connectivity> => netInfoConnectivity(fakeNetInfo(), { timeout: 0 })
    expect((await failure(make(), 'MISCONFIGURED')).details).toEqual({ option: 'timeout' })
  })
})
