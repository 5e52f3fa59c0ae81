import { beforeAll, describe, expect, test } from 'vitest'
import { storageRules } from '@holdfast/core/testing'
import type { Page } from 'playwright-core'
import { caseNames, openDevice, scriptOf, type Device } from './support/browser.ts'

let device: Device
let page: Page
beforeAll(async () => {
  device = await openDevice(await scriptOf('kit-page.ts'))
  page = await device.tab()
  return () => device[Symbol.asyncDispose]()
}, 60_000)

const run = (place: string, name: string): Promise<void> =>
  page.evaluate((which) => window.kit.run(which.place, which.name), { place, name })

describe.each(['indexeddb in Chromium', 'indexeddb in Chromium without BroadcastChannel'])(
  'storage in %s',
  (place) => {
    test.each(caseNames())('%s', (name) => run(place, name))
  },
)

test('indexeddb is held to the same rules as every other adapter', () => {
  expect(caseNames()).toEqual(storageRules.map(({ id, title }) => `[${id}] ${title}`))
})

/** Rules that a fault breaks whatever the timing. */
const broken = [
  { name: 'ignores expect', fails: 'ST23 ST24 ST25 ST26 ST27 ST35 ST37 ST49 ST53' },
  { name: 'tears commits', fails: 'ST18 ST25 ST26' },
  { name: 'answers before it wrote', fails: 'ST6 ST39 ST50' },
  { name: 'reads request by request', fails: 'ST7' },
  { name: 'hears nothing', fails: 'ST43 ST46 ST49' },
]

test.each(broken)('an adapter that $name over indexeddb fails the kit', async ({ name, fails }) => {
  const rules = storageRules.filter(({ id }) => fails.split(' ').includes(id))
  const runs = await Promise.allSettled(rules.map(({ id, title }) => run(name, `[${id}] ${title}`)))
  const failing = rules.filter((_, index) => runs[index]?.status === 'rejected')
  expect(failing.map(({ id }) => id).join(' ')).toBe(fails)
})
