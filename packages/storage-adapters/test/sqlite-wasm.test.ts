import { beforeAll, describe, expect, test } from 'vitest'
import { storageRules } from '@holdfast/core/testing'
import type { Page } from 'playwright-core'
import { caseNames } from './support/browser.ts'
import { openWasmDevice, type WasmDevice } from './support/sqlite-wasm.ts'

let device: WasmDevice
let page: Page
beforeAll(async () => {
  device = await openWasmDevice('sqlite-wasm-page.ts')
  page = await device.context.newPage()
  await page.goto(device.url)
  return () => device[Symbol.asyncDispose]()
}, 60_000)

describe('storage in sqlite-wasm on OPFS in Chromium', () => {
  test.each(caseNames())('%s', (name) => page.evaluate((which) => window.wasm.run(which), name))
})

test('sqlite-wasm is held to the same rules as every other adapter', () => {
  expect(caseNames()).toEqual(storageRules.map(({ id, title }) => `[${id}] ${title}`))
})
