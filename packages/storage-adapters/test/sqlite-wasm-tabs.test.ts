import { beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openWasmDevice, type WasmDevice } from './support/sqlite-wasm.ts'

let device: WasmDevice
beforeAll(async () => {
  device = await openWasmDevice('sqlite-wasm-page.ts')
  return () => device[Symbol.asyncDispose]()
}, 60_000)

/** A tab of the app that has its databases in this folder, and keeps so many further files open in it. */
const openTab = async (directory: string, others = 0): Promise<Page> => {
  const page = await device.context.newPage()
  await page.goto(`${device.url}?${new URLSearchParams({ directory, others: `${others}` }).toString()}`)
  return page
}

const open = (page: Page): Promise<string> => page.evaluate(() => window.wasm.open())
const commit = (page: Page, writes: Readonly<Record<string, string>>): Promise<string> =>
  page.evaluate((entries) => window.wasm.commit(entries), writes)
const keys = (page: Page): Promise<readonly string[]> => page.evaluate(() => window.wasm.keys())

describe('sqlite-wasm on OPFS in several tabs', () => {
  test('a second tab is refused with STORAGE_LOCKED, harms nothing, and is let in when the first has closed', async () => {
    const [first, second] = [await openTab('refused'), await openTab('refused')]
    expect(await open(first)).toBe('done')
    expect(await commit(first, { a: '1' })).toBe('done')
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await open(second)).toMatch(/^STORAGE_LOCKED/)
    expect(await commit(first, { b: '2' })).toBe('done')
    expect(await first.evaluate(() => window.wasm.close())).toBe('done')
    expect(await open(second)).toBe('done')
    expect(await keys(second)).toEqual(['a', 'b'])
    expect(await open(first)).toMatch(/^STORAGE_LOCKED/)
  })

  test('a tab that is closed without a word leaves its commits to the next', async () => {
    const first = await openTab('closed')
    expect(await open(first)).toBe('done')
    expect(await commit(first, { a: '1' })).toBe('done')
    await first.close()
    const second = await openTab('closed')
    await expect.poll(() => open(second)).toBe('done')
    expect(await keys(second)).toEqual(['a'])
  })
})

test('a quota that is used up is STORAGE_FULL, and what was there stays', async () => {
  const page = await openTab('full')
  expect(await open(page)).toBe('done')
  expect(await commit(page, { kept: 'yes' })).toBe('done')
  const session = await device.context.newCDPSession(page)
  const origin = new URL(device.url).origin
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 })
  expect(await commit(page, { large: 'x'.repeat(8_000_000) })).toMatch(/^STORAGE_FULL/)
  expect(await keys(page)).toEqual(['kept'])
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  expect(await commit(page, { large: 'x'.repeat(8_000_000) })).toBe('done')
  expect(await keys(page)).toEqual(['kept', 'large'])
})

test('a folder grows with its files: there is no fourth that can not be opened', async () => {
  const page = await openTab('grown', 7)
  expect(await open(page)).toBe('done')
  expect(await commit(page, { a: '1' })).toBe('done')
  expect(await keys(page)).toEqual(['a'])
})
