import { expect, test } from 'vitest'
import { browserConnectivity, type MeteredReason } from '@holdfast/core'
import { fakeConnection, fakeWindow, manualProbe } from './support.ts'

const opened = (connection = fakeConnection(), probe = manualProbe().probe) => {
  const window = { ...fakeWindow(), navigator: { onLine: true, connection } }
  const { metering } = browserConnectivity({ window, probe })
  const heard: (MeteredReason | undefined)[] = []
  const subscription = metering?.metered$.subscribe((reason) => heard.push(reason))
  return { metering, heard, connection, stop: () => subscription?.unsubscribe() }
}

test('[CN12] who saves data is on a metered network, and who is on a phone network', () => {
  const { metering, heard, connection, stop } = opened()
  expect(metering?.metered()).toBeUndefined()
  connection.say({ saveData: true })
  connection.say({ type: 'cellular' })
  expect(metering?.metered()).toBe('dataSaver')
  connection.say({ saveData: false })
  connection.say({ type: 'wifi' })
  expect(heard).toEqual(['dataSaver', 'cellular', undefined])
  expect(connection.listeners.size).toBe(1)
  stop()
  expect(connection.listeners.size).toBe(0)
})

test('[CN12] what is so at the start is known at once', () => {
  const { metering, heard } = opened(fakeConnection({ saveData: true }))
  expect(metering?.metered()).toBe('dataSaver')
  expect(heard).toEqual(['dataSaver'])
})

test('[CN12] a browser without the API tells of no costs, with a probe or without', () => {
  const { probe } = manualProbe()
  expect(browserConnectivity({ window: fakeWindow() }).metering).toBeUndefined()
  expect(browserConnectivity({ window: fakeWindow(), probe }).metering).toBeUndefined()
})
