import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openDevice, scriptOf, type Device } from './support/browser.ts'
import { commit, refusal, valueIn } from './support/tabs.ts'

let script: string
let device: Device
beforeAll(async () => {
  script = await scriptOf('tab-page.ts')
  device = await openDevice(script)
  await device.context.addInitScript(noteConnections)
  return () => device[Symbol.asyncDispose]()
}, 60_000)

let apps = 0
beforeEach(() => {
  apps += 1
})
afterEach(async () => {
  await Promise.all(device.context.pages().map((page) => page.close()))
})

const openTab = async (): Promise<Page> => {
  const page = await device.tab(`app-${apps}`)
  expect(await page.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  return page
}

/**
 * Closes all connections of the page, as the browser does when there is trouble. Chromium has a page of its own that can
 * do so; builds without it have the connections say so themselves.
 */
const forceCloser = async (page: Page): Promise<() => Promise<void>> => {
  const internals = await device.context.newPage()
  const isThere = await internals.goto('chrome://indexeddb-internals').catch(() => null)
  if (isThere !== null) {
    const link = internals.locator('.force-close').first()
    await link.waitFor()
    return () => link.click()
  }
  return () =>
    page.evaluate(() => {
      for (const connection of window.connections) {
        connection.close()
        connection.dispatchEvent(new Event('close'))
      }
      window.connections.clear()
    })
}

/** Text that does not get much smaller by compression. */
const fillPage = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const block = (): string =>
      String.fromCharCode(...crypto.getRandomValues(new Uint16Array(30_000)).map((code) => code % 0xd000))
    window.filling = Array.from({ length: 5 }, block).join('')
  })

declare global {
  interface Window {
    filling: string
    connections: Set<IDBDatabase>
  }
}

const noteConnections = (): void => {
  const original = IDBFactory.prototype.open
  window.connections = new Set()
  IDBFactory.prototype.open = function open(...parameters) {
    const request = original.apply(this, parameters)
    request.addEventListener('success', () => window.connections.add(request.result))
    return request
  }
}

test('[IX2] a connection that the browser closes is opened again', async () => {
  const page = await openTab()
  await commit(page, { a: '1' })
  const forceClose = await forceCloser(page)
  for (const value of ['2', '3', '4']) {
    await forceClose()
    expect(await valueIn(page, 'a')).toBe(`${Number(value) - 1}`)
    await forceClose()
    expect(await commit(page, { a: value })).toEqual({ value: { revision: Number(value) } })
  }
})

test('[IX3] commits under way when the browser closes the connection take effect once', async () => {
  const page = await openTab()
  await fillPage(page)
  const forceClose = await forceCloser(page)
  for (const round of [0, 1, 2, 3, 4, 5]) {
    const commits = page.evaluate(
      (first) =>
        Promise.all(
          Array.from({ length: 5 }, (_, index) => {
            const key = `k/${first + index}`
            return window.tab.commit({
              expect: [{ key, revision: 0 }],
              writes: [{ key, value: window.filling }],
            })
          }),
        ),
      round * 5,
    )
    await forceClose()
    const expected = Array.from({ length: 5 }, (_, index) => ({ value: { revision: round * 5 + index + 1 } }))
    expect(await commits).toEqual(expected)
  }
})

/** The browser commits the page's next write, and loses the connection before it says so. */
const loseNextAnswer = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const original = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function transaction(...parameters) {
      const result = original.apply(this, parameters)
      if (result.mode === 'readonly') return result
      IDBDatabase.prototype.transaction = original
      result.addEventListener(
        'complete',
        (event) => {
          event.stopImmediatePropagation()
          this.close()
          this.dispatchEvent(new Event('close'))
        },
        { once: true },
      )
      return result
    }
  })

test('[IX3] a commit whose answer is lost is recognised and not made twice', async () => {
  const page = await openTab()
  await commit(page, { a: '1' })
  await loseNextAnswer(page)
  const batch = { expect: [{ key: 'a', revision: 1 }], writes: [{ key: 'a', value: '2' }] }
  expect(await page.evaluate((each) => window.tab.commit(each), batch)).toEqual({ value: { revision: 2 } })
  expect(await commit(page, { b: '1' })).toEqual({ value: { revision: 3 } })
  expect(await valueIn(page, 'a')).toBe('2')
})

test('[IX3] a commit whose answer is lost is recognised behind commits of other tabs', async () => {
  const [page, other] = [await openTab(), await openTab()]
  await commit(page, { a: '1' })
  await loseNextAnswer(page)
  // The other tab's commits are asked for first, while this one reconnects.
  const [mine, theirs] = await Promise.all([
    commit(page, { a: '2' }),
    (async () => [await commit(other, { b: '1' }), await commit(other, { b: '2' })])(),
  ])
  const revisions = [mine, ...theirs].map((outcome) =>
    'value' in outcome ? (outcome.value as { readonly revision: number }).revision : 0,
  )
  expect(revisions.toSorted((left, right) => left - right)).toEqual([2, 3, 4])
  expect(await valueIn(page, 'a')).toBe('2')
})

test('[IX1] a commit resolves when its transaction is complete, and not with its last request', async () => {
  const page = await openTab()
  const seen = await page.evaluate(async () => {
    const original = IDBDatabase.prototype.transaction
    let isHeld = true
    const held = new Promise<IDBTransaction>((resolve) => {
      IDBDatabase.prototype.transaction = function transaction(...parameters) {
        const result = original.apply(this, parameters)
        result.addEventListener('complete', (event) => {
          if (!isHeld) return
          event.stopImmediatePropagation()
          resolve(result)
        })
        return result
      }
    })
    const steps: string[] = []
    const committed = window.tab.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
    const noted = committed.then(() => steps.push('resolved'))
    const transaction = await held
    await new Promise((resolve) => {
      setTimeout(resolve)
    })
    steps.push('complete')
    isHeld = false
    transaction.dispatchEvent(new Event('complete'))
    await noted
    return steps
  })
  expect(seen).toEqual(['complete', 'resolved'])
})

test('[IX4] without space a commit says so and writes nothing; with space it goes on', async () => {
  // Chromium remembers for a while how much space it found: the limit has to be there first.
  await using limited = await openDevice(script)
  const page = await limited.tab()
  const { origin } = new URL(page.url())
  const browser = await limited.context.newCDPSession(page)
  await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 5_000_000 })
  expect(await page.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  await commit(page, { kept: 'kept' })
  await fillPage(page)
  const fill = (count: number): Promise<unknown> =>
    page.evaluate(
      (length) =>
        window.tab.commit({
          expect: [],
          writes: [
            { key: 'kept', value: 'changed' },
            ...Array.from({ length }, (_, index) => ({ key: `k/${index}`, value: window.filling + index })),
          ],
        }),
      count,
    )
  const full = refusal('STORAGE_FULL', /no space left.*nothing was written/)
  expect(await fill(40)).toEqual(full)
  expect(await page.evaluate(() => window.tab.read([{ scan: '' }]))).toEqual({
    value: [[{ key: 'kept', value: 'kept', revision: 1 }]],
  })
  expect(await commit(page, { small: '' })).toEqual({ value: { revision: 2 } })
  await browser.send('Storage.overrideQuotaForOrigin', { origin })
  expect(await fill(40)).toEqual({ value: { revision: 3 } })
})

test('[IX6] a handle whose data the user cleared says so', async () => {
  const page = await openTab()
  await commit(page, { a: '1' })
  const browser = await device.context.newCDPSession(page)
  const { origin } = new URL(page.url())
  await browser.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
  const closed = refusal('CLOSED', /with the data of this site/)
  expect(await commit(page, { a: '2' })).toEqual(closed)
  expect(await page.evaluate(() => window.tab.open())).toEqual({ value: undefined })
  expect(await commit(page, { a: '3' })).toEqual({ value: { revision: 1 } })
})

const unavailable = refusal('STORAGE_FAILED', /IndexedDB is not available/)

test('[IX9] a browser without IndexedDB, or one that refuses it, is told', async () => {
  const page = await device.tab()
  for (const property of [
    `{ value: undefined }`,
    `{ get() { throw new DOMException('The user said no.', 'SecurityError') } }`,
  ]) {
    await page.addInitScript(`Object.defineProperty(window, 'indexedDB', ${property})`)
    await page.reload()
    expect(await page.evaluate(() => window.tab.open())).toEqual(unavailable)
    expect(await page.evaluate(() => window.tab.destroy())).toEqual(unavailable)
  }
})

test('[IX9] a frame without an origin of its own has no IndexedDB', async () => {
  const page = await device.tab()
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.setAttribute('sandbox', 'allow-scripts')
    frame.src = location.href
    document.body.append(frame)
  })
  await expect.poll(() => page.frames()).toHaveLength(2)
  const frame = page.frames()[1]
  await frame?.waitForFunction(() => 'tab' in window)
  expect(await frame?.evaluate(() => window.tab.open())).toEqual(unavailable)
})

test('a database that is not laid out as ours is left alone', async () => {
  const page = await device.tab(`app-${apps}`)
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open(window.tab.databaseName, 1)
        request.addEventListener('upgradeneeded', () => request.result.createObjectStore('theirs'))
        request.addEventListener('success', () => {
          request.result.close()
          resolve()
        })
      }),
  )
  expect(await page.evaluate(() => window.tab.open())).toMatchObject({ code: 'STORAGE_CORRUPT' })
})

test('[IX11] a new log that can not be had holds nobody up for long', async () => {
  const holder = await device.tab(`app-${apps}`)
  await holder.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open(`holdfast-log/${window.tab.databaseName}`)
        opening.addEventListener('success', resolve)
      }),
  )
  const page = await openTab()
  await page.evaluate(() => window.tab.commit({ expect: [], writes: [{ key: 'a', value: '1' }] }))
  expect(await valueIn(page, 'a')).toBe('1')
})

test('[IX11] a new log leaves no database behind, and only Chromium is asked for one', async () => {
  const page = await openTab()
  const names = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
  const before = await names()
  expect(before).toContain(`holdfast/app-${apps}/main`)
  expect(before).not.toContain(`holdfast-log/holdfast/app-${apps}/main`)
  const opened = await page.evaluate(async () => {
    const asked: string[] = []
    const browser = {
      IDBKeyRange,
      navigator: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
      indexedDB: new Proxy(indexedDB, {
        get: (target, key: keyof IDBFactory) => (name: string, version?: number) => {
          asked.push(name)
          return key === 'open' ? target.open(name, version) : target.deleteDatabase(name)
        },
      }),
    }
    await window.tab.open({ browser })
    return asked
  })
  expect(opened).toEqual([`holdfast/app-${apps}/main`])
})
