import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openDevice, scriptOf, type Device } from './support/browser.ts'
import { commit, heardIn, refusal, valueIn } from './support/tabs.ts'

let device: Device
beforeAll(async () => {
  device = await openDevice(await scriptOf('tab-page.ts'))
  return () => device[Symbol.asyncDispose]()
}, 60_000)

let apps = 0
beforeEach(() => {
  apps += 1
})
afterEach(async () => {
  await Promise.all(device.context.pages().map((page) => page.close()))
})

/** A tab of this test's app, with an open handle. */
const openTab = async (): Promise<Page> => {
  const page = await device.tab(`app-${apps}`)
  expect(await page.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  return page
}

/** Asks for a newer layout, as a newer version of the app does, and answers with what became of the request. */
const upgrade = (page: Page, outcome: 'carried out' | 'given up'): Promise<string> =>
  page.evaluate(
    (wanted) =>
      new Promise<string>((resolve) => {
        const request = indexedDB.open(window.tab.databaseName, 2)
        request.addEventListener('blocked', () => resolve('blocked'))
        request.addEventListener('upgradeneeded', () => {
          if (wanted === 'given up') request.transaction?.abort()
        })
        request.addEventListener('success', () => resolve('carried out'))
        request.addEventListener('error', () => resolve('given up'))
      }),
    outcome,
  )

test('[ST49] two tabs see and hear what the other commits', async () => {
  const [left, right] = [await openTab(), await openTab()]
  await commit(left, { a: 'from the left' })
  await expect.poll(() => heardIn(right)).toEqual([{ keys: ['a'], revision: 1 }])
  expect(await valueIn(right, 'a')).toBe('from the left')
  await commit(right, { a: undefined, b: 'from the right' })
  await expect.poll(() => heardIn(left)).toEqual([{ keys: ['a', 'b'], revision: 2 }])
  expect([await valueIn(left, 'a'), await valueIn(left, 'b')]).toEqual([undefined, 'from the right'])
  expect(await heardIn(right)).toHaveLength(1)
})

test('[IX5] a tab lets a newer version of the app upgrade, and then says that it is too old', async () => {
  const [old, newer] = [await openTab(), await device.tab(`app-${apps}`)]
  await commit(old, { a: '1' })
  expect(await upgrade(newer, 'carried out')).toBe('carried out')
  await expect.poll(() => heardIn(old)).toEqual(['all'])
  const tooOld = refusal('UPGRADE_REQUIRED', /newer version.*Reload the page/)
  expect(await old.evaluate(() => window.tab.read([{ get: 'a' }]))).toEqual(tooOld)
  expect(await old.evaluate(() => window.tab.open())).toEqual(tooOld)
})

test('[IX2] a handle goes on after an upgrade that was given up', async () => {
  const [tab, newer] = [await openTab(), await device.tab(`app-${apps}`)]
  await commit(tab, { a: '1' })
  expect(await upgrade(newer, 'given up')).toBe('given up')
  expect(await valueIn(tab, 'a')).toBe('1')
  expect(await commit(tab, { b: '2' })).toEqual({ value: { revision: 2 } })
})

test('[IX6] removing the database closes the handles of every tab, and opening it makes a new one', async () => {
  const [left, right] = [await openTab(), await openTab()]
  await commit(left, { a: '1' })
  expect(await right.evaluate(() => window.tab.destroy())).toEqual({ value: undefined })
  for (const page of [left, right]) {
    const closed = refusal('CLOSED', /was removed/)
    expect(await commit(page, { b: '2' })).toEqual(closed)
    expect(await page.evaluate(() => window.tab.read([]))).toEqual(closed)
    expect((await heardIn(page)).at(-1)).toBe('complete')
  }
  expect(await left.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  expect(await valueIn(left, 'a')).toBeUndefined()
})

test('[IX6] a handle never writes into a database that was made anew under its name', async () => {
  const [tab, other] = [await openTab(), await device.tab(`app-${apps}`)]
  await commit(tab, { a: 'of the first' })
  // The handle has no connection now, and so hears nothing of the removal.
  expect(await upgrade(other, 'given up')).toBe('given up')
  await other.evaluate(() => window.tab.destroy())
  await other.evaluate(() => window.tab.open())
  await commit(other, { a: 'of the second' })
  expect(await commit(tab, { a: 'late' })).toMatchObject({ code: 'CLOSED' })
  expect(await valueIn(other, 'a')).toBe('of the second')
})

test('[IX6] a handle does not bring back a database that was removed while it had no connection', async () => {
  const [tab, other] = [await openTab(), await device.tab(`app-${apps}`)]
  expect(await upgrade(other, 'given up')).toBe('given up')
  await other.evaluate(() => window.tab.destroy())
  expect(await commit(tab, { a: 'late' })).toMatchObject({ code: 'CLOSED' })
  const names = await other.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
  expect(names).not.toContain(`holdfast/app-${apps}/main`)
})

test('[IX7] removing and opening do not wait for ever for a tab that does not let go', async () => {
  const page = await openTab()
  const stubborn = await device.tab(`app-${apps}`)
  await commit(page, { a: '1' })
  await stubborn.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open(window.tab.databaseName).addEventListener('success', resolve)
      }),
  )
  const locked = refusal('STORAGE_LOCKED', /another tab holds it/)
  expect(await page.evaluate(() => window.tab.destroy({ busyTimeout: 100 }))).toEqual(locked)
  expect(await page.evaluate(() => window.tab.open({ busyTimeout: 100 }))).toEqual(locked)
  await stubborn.close()
  expect(await page.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  expect(await valueIn(page, 'a')).toBeUndefined()
  // What came too late for the call above is not in the way.
  expect(await page.evaluate(() => window.tab.destroy({ busyTimeout: 1000 }))).toEqual({ value: undefined })
})

test('[IX8] a commit is found whose tab ended before it could tell', async () => {
  const [mute, listener] = [await openTab(), await device.tab(`app-${apps}`)]
  await listener.evaluate(() => window.tab.open({ pollEvery: 20 }))
  await mute.evaluate(() => {
    BroadcastChannel.prototype.postMessage = () => undefined
  })
  await commit(mute, { a: '1' })
  await expect.poll(() => heardIn(listener)).toEqual(['all'])
  await commit(listener, { b: '2' })
  await commit(mute, { c: '3' })
  await expect.poll(() => heardIn(listener)).toEqual(['all', 'all'])
})

test('[IX8] a message of an unknown form means that anything may have changed', async () => {
  const [tab, other] = [await openTab(), await device.tab(`app-${apps}`)]
  await other.evaluate(() => {
    const channel = new BroadcastChannel(window.tab.databaseName)
    for (const message of [null, 'news', { revision: '1', keys: [] }, { revision: 7, keys: 'many' }]) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel knows no other origin
      channel.postMessage(message)
    }
  })
  await expect.poll(() => heardIn(tab)).toEqual(['all', 'all', 'all', 'all'])
})
