import type { Browser, BrowserContext, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../../tools/chromium/launch.ts'
import { figure } from '../harness/figure.ts'
import { deviceIn, frameOf, type ShownDevice } from './field-notes/device.ts'
import { askedTags, wakeWorker } from './field-notes/background.ts'
import { violationsIn } from './field-notes/axe.ts'
import { buildFieldNotes, type BuiltApp } from './field-notes/open-app.ts'
import { screenshot } from './field-notes/screenshot.ts'

const patiently = { timeout: 20_000 }

let app: BuiltApp
let browser: Browser
beforeAll(async () => {
  app = await buildFieldNotes()
  browser = await launchChromium()
  return async () => {
    await browser.close()
    await app[Symbol.asyncDispose]()
  }
}, 120_000)

const visit = async (
  closing: AsyncDisposableStack,
  path: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly stop: () => Promise<void> }> => {
  const server = closing.use(await app.serve())
  const context = closing.adopt(await browser.newContext(options), (opened) => opened.close())
  const page = await context.newPage()
  await page.goto(`${server.url}${path}`)
  return { page, context, stop: server.stop }
}

const shows = (locator: ShownDevice['state'], text: string): Promise<void> =>
  expect.poll(() => locator.textContent(), patiently).toBe(text)

const textOf = (device: ShownDevice, id: string) =>
  expect.poll(() => device.note(id).text.inputValue(), patiently)

const synced = (device: ShownDevice) => shows(device.state, 'Everything is synced')

test('two devices that are offline change the same note: what counts adds up, the text is asked about, and both end alike', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/two', { viewport: { width: 1440, height: 900 } })
  await expect.poll(() => page.frames().length).toBe(3)
  const [tablet, phone] = [deviceIn(frameOf(page, 'a')), deviceIn(frameOf(page, 'b'))]
  for (const device of [tablet, phone]) {
    await textOf(device, 'note-gate').toContain('Fire door')
    await synced(device)
    await device.network.click()
    await shows(device.state, 'Offline. Changes are kept here')
  }
  const [onTablet, onPhone] = [tablet.note('note-gate'), phone.note('note-gate')]
  await onTablet.rewrite('Fire door sticks: hinge is bent.')
  await onPhone.rewrite('Fire door sticks, and does not lock.')
  for (const one of [onTablet, onTablet, onPhone]) await one.oneMore.click()
  await onTablet.tag('urgent')
  await onPhone.tag('photo')
  await expect.poll(() => tablet.queue.textContent(), patiently).toMatch(/changes wait$/)
  expect(await onPhone.findings.textContent()).toBe('1 finding')
  await screenshot(page, 'field-notes-offline')

  await tablet.network.click()
  await synced(tablet)
  expect(await onPhone.findings.textContent()).toBe('1 finding') // it is still alone
  await phone.network.click()
  await phone.decide.click(patiently)
  await phone.dialog.waitFor(patiently)
  expect(await phone.dialog.textContent()).toContain('Fire door sticks: hinge is bent.')
  await screenshot(page, 'field-notes-conflict')
  expect(await violationsIn(frameOf(page, 'b'))).toEqual([])
  await page.keyboard.press('Escape')
  await phone.dialog.waitFor({ state: 'detached', ...patiently })
  await phone.decide.press('Enter')
  await phone.dialog.getByLabel('Merged').fill('Fire door sticks: hinge is bent. It does not lock.')
  await phone.dialog.getByRole('button', { name: 'Save merged' }).click()

  for (const device of [tablet, phone]) {
    await textOf(device, 'note-gate').toBe('Fire door sticks: hinge is bent. It does not lock.')
    await shows(device.note('note-gate').findings, '3 findings')
    await synced(device)
  }
  await screenshot(page, 'field-notes-converged')
})

test('who may not approve is told so by the server, and sees what stands', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/?user=ben')
  const device = deviceIn(page)
  await textOf(device, 'note-gate').toContain('Fire door')
  await device.note('note-gate').status.selectOption('approved')
  const refused = page.getByRole('region', { name: 'Refused changes' })
  await refused.waitFor(patiently)
  expect(await refused.textContent()).toContain('only a lead inspector approves')
  expect(await device.note('note-gate').status.inputValue()).toBe('open')
  expect(await violationsIn(page)).toEqual([])
  await refused.getByRole('button', { name: 'Let go' }).click()
  await refused.waitFor({ state: 'detached', ...patiently })
})

test('[SH3] what one person was typing is there again for them, and for nobody else', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/')
  const { text } = deviceIn(page).note('note-gate')
  const signIn = (name: string) => page.getByRole('button', { name }).click()
  const signOut = () => page.getByRole('button', { name: 'Sign out' }).click()
  await signIn('Ada Lindqvist')
  await text.fill('Ada was here')
  await page.getByPlaceholder('New site').fill('Site of Ada')
  await signOut()
  await signIn('Ben Okafor')
  await textOf(deviceIn(page), 'note-gate').toContain('Fire door')
  expect(await page.getByPlaceholder('New site').inputValue()).toBe('')
  await signOut()
  await signIn('Ada Lindqvist')
  await textOf(deviceIn(page), 'note-gate').toBe('Ada was here')
  expect(await page.getByPlaceholder('New site').inputValue()).toBe('Site of Ada')
})

test('[SH3] whose data are opened late do not take the place of who has signed in meanwhile', async () => {
  await using closing = new AsyncDisposableStack()
  const { page, context } = await visit(closing, '/')
  // The browser takes its time for the first who signs in.
  await page.evaluate(() => {
    const open = caches.open.bind(caches)
    let opened = 0
    caches.open = async (name) => {
      opened += 1
      if (opened === 1) await new Promise((resolve) => addEventListener('go on', resolve, { once: true }))
      return open(name)
    }
  })
  await page.getByRole('button', { name: 'Ada Lindqvist' }).click()
  // In another tab.
  const other = closing.adopt(await context.newPage(), (opened) => opened.close())
  await other.goto(new URL('/icon.svg', page.url()).href)
  await other.evaluate(() =>
    localStorage.setItem('field-notes/session/main', JSON.stringify({ user: 'ben', online: true })),
  )
  await page.getByText('Ben Okafor', { exact: true }).first().waitFor(patiently)
  await synced(deviceIn(page))
  await page.evaluate(() => dispatchEvent(new Event('go on')))
  await expect.poll(() => page.evaluate(async () => (await indexedDB.databases()).length), patiently).toBe(2)
  await deviceIn(page).note('note-gate').rewrite('Ben was here')
  await textOf(deviceIn(page), 'note-gate').toBe('Ben was here')
  await synced(deviceIn(page))
  expect(await page.getByRole('alert').textContent()).toBe('')
})

test('it works where a page is not secure: there are no caches and no service worker', async () => {
  await using closing = new AsyncDisposableStack()
  const server = closing.use(await app.serve())
  const context = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const page = await context.newPage()
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'caches')
    Reflect.deleteProperty(Navigator.prototype, 'serviceWorker')
    Reflect.deleteProperty(Navigator.prototype, 'locks')
    Reflect.deleteProperty(Navigator.prototype, 'storage')
  })
  await page.goto(`${server.url}/?user=ada`)
  await synced(deviceIn(page))
  expect(await page.evaluate(() => 'caches' in window)).toBe(false)
  await deviceIn(page).note('note-gate').oneMore.click()
  await shows(deviceIn(page).note('note-gate').findings, '1 finding')
  expect(await page.getByRole('alert').textContent()).toBe('')
})

test('three weeks of edits, written offline, arrive', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/?user=ada')
  const device = deviceIn(page)
  await synced(device)
  await device.network.click()
  const button = page.getByRole('button', { name: 'Write three weeks of edits' })
  await button.click()
  await expect.poll(() => page.getByRole('button', { name: 'Writing…' }).count(), patiently).toBe(0)
  const waiting = Number.parseInt((await device.queue.textContent()) ?? '', 10)
  expect(waiting).toBeGreaterThan(100)
  const began = performance.now()
  await device.network.click()
  await synced(device)
  expect(await device.queue.count()).toBe(0)
  figure(`${waiting} changes of three weeks were synced in ${Math.round(performance.now() - began)} ms`)
})

test('it starts offline after the first visit, with what was there, and takes changes', async () => {
  await using closing = new AsyncDisposableStack()
  const { page, context, stop } = await visit(closing, '/?user=ada')
  await synced(deviceIn(page))
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
    if (navigator.serviceWorker.controller !== null) return
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
  })
  await context.setOffline(true)
  await stop()
  const began = performance.now()
  await page.reload()
  const device = deviceIn(page)
  await textOf(device, 'note-gate').toContain('Fire door')
  figure(
    `the app showed its notes ${Math.round(performance.now() - began)} ms after a start without a server`,
  )
  await device.note('note-gate').oneMore.click()
  await shows(device.note('note-gate').findings, '1 finding')
  await shows(device.queue, '1 change waits')
})

test('[SB4] what was written offline arrives after the page was closed', async () => {
  await using closing = new AsyncDisposableStack()
  const { page, context } = await visit(closing, '/?user=ada')
  const address = page.url()
  await synced(deviceIn(page))
  await page.evaluate(() => navigator.serviceWorker.ready)
  await context.setOffline(true)
  await deviceIn(page).note('note-gate').oneMore.click()
  await shows(deviceIn(page).queue, '1 change waits')
  const blank = await context.newPage() // keeps the browser itself open
  await page.close()
  await context.setOffline(false)

  const elsewhere = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const other = await elsewhere.newPage()
  await other.goto(address.replace('ada', 'ben'))
  await shows(deviceIn(other).note('note-gate').findings, '1 finding')
  await blank.close()
})

test('where the network switch is off the service worker sends nothing either', async () => {
  await using closing = new AsyncDisposableStack()
  const { page, context } = await visit(closing, '/?user=ada')
  await synced(deviceIn(page))
  await deviceIn(page).network.click()
  await deviceIn(page).note('note-gate').oneMore.click()
  await shows(deviceIn(page).queue, '1 change waits')
  const bystander = await context.newPage()
  await bystander.goto(new URL('/?device=b', page.url()).href)
  await page.close()
  await wakeWorker(bystander, 'field-notes-main')
  await expect.poll(() => askedTags(bystander), patiently).toEqual([]) // the worker was woken, and is done

  await bystander.goto(new URL('/', bystander.url()).href)
  const device = deviceIn(bystander)
  await shows(device.queue, '1 change waits')
  await device.network.click()
  await synced(device)
})

test('it can be installed: Chromium has nothing to object', async () => {
  await using closing = new AsyncDisposableStack()
  const { page, context } = await visit(closing, '/?user=ada')
  await synced(deviceIn(page))
  const session = await context.newCDPSession(page)
  const { errors, url } = await session.send('Page.getAppManifest')
  expect(errors).toEqual([])
  expect(url).toContain('/manifest.webmanifest')
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
  // A window without a profile on the disk is never one to install from.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
  expect(await page.evaluate(async () => (await navigator.serviceWorker.ready).active?.scriptURL)).toContain(
    '/service-worker.js',
  )
})

test.each([
  { colorScheme: 'light', viewport: { width: 1280, height: 720 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 780 } },
] as const)('axe-core has nothing to object, in $colorScheme, $viewport.width wide', async (look) => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/', look)
  await page.getByRole('button', { name: /Ada/ }).waitFor(patiently)
  expect(await violationsIn(page)).toEqual([])

  await page.getByRole('button', { name: /Ada/ }).click()
  const device = deviceIn(page)
  await synced(device)
  await device.note('note-gate').tag('urgent')
  await synced(device)
  await page.getByRole('button', { name: 'Remove tag urgent' }).waitFor(patiently)
  expect(await violationsIn(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(look.viewport.width)
  await screenshot(page, `field-notes-${look.colorScheme}`)

  await page.goto(new URL('/two', page.url()).href)
  await expect.poll(() => page.frames().length).toBe(3)
  expect(await violationsIn(page)).toEqual([])
})

test('what is to be read aloud has its place before it is there: else screen readers do not hear of it', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/?user=ada')
  await synced(deviceIn(page))
  expect(await page.getByRole('alert').allTextContents()).toEqual([''])
  expect(await page.getByRole('status').allTextContents()).toContain('')
})

test('who deletes a note by keyboard goes on at its site, and not at the top of the page', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/?user=ada')
  await synced(deviceIn(page))
  const card = page.locator('[data-note="note-gate"]')
  await card.getByRole('button', { name: 'Delete' }).focus()
  await page.keyboard.press('Enter')
  await card.waitFor({ state: 'detached', ...patiently })
  expect(await page.locator(':focus').evaluate(({ id }) => id)).toBe('notes-of')
})

test('without a mouse: each control is reached by Tab and shows that it is, and what changes is read aloud', async () => {
  await using closing = new AsyncDisposableStack()
  const { page } = await visit(closing, '/')
  await page.getByRole('button', { name: /Ada/ }).waitFor(patiently)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await synced(deviceIn(page))
  const reached: string[] = []
  for (let presses = 0; presses < 24; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid')
    reached.push(
      await focused.evaluate(({ tagName, textContent }) =>
        tagName === 'BUTTON' ? textContent.trim() : tagName.toLowerCase(),
      ),
    )
    if (reached.at(-1) === 'Network') await page.keyboard.press('Space')
  }
  expect(reached).toEqual(expect.arrayContaining(['Network', 'Sign out', 'Add note', 'textarea']))
  await expect
    .poll(() => page.getByRole('banner').getByRole('status').textContent(), patiently)
    .toBe('Offline. Changes are kept here')
})
