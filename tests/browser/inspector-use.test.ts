import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import axe from 'axe-core'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { runTool } from '../../tools/prove/run-tool.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'
import {
  figuresOf,
  openConflict,
  openWorld,
  queueOf,
  type Device,
  type InspectorWorld,
} from './inspector-world.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('inspector-page.ts')

const patience = { timeout: 20_000 }
/** Each panel by its title, and what it shows where something is to be shown. */
const contentsOf = {
  State: 'svg',
  Queue: '[data-operation]',
  Conflicts: '[data-conflict]',
  'Dead letters': '[data-letter]',
  Records: '[data-layer]',
  'Time line': '[data-event]',
  Counters: '[data-figure=waiting]',
} as const
const titles = Object.keys(contentsOf)

const drawn = resolve(import.meta.dirname, '../../docs/images/inspector.png')

/** Something in every panel: applied, a conflict, a dead letter, and what waits offline. */
const openBusy = async (
  closing: AsyncDisposableStack,
): Promise<{ world: InspectorWorld; device: Device }> => {
  const world = await openWorld(closing, started())
  const [other, device] = [await world.open('bert'), await world.open('anna')]
  await openConflict(other, device)
  await device.page.evaluate(async () => {
    const { tasks } = (await window.inspected).client.collections
    await tasks.create({ id: 'refused', title: 'forbidden' })
    await tasks.create({ id: 'waiting', title: 'Pick the apples' })
  })
  await expect.poll(async () => (await queueOf(device.page)).deadLetters, patience).toBe(1)
  await device.status('synced')
  await device.context.setOffline(true)
  await device.status('offline')
  await device.page.evaluate(async () => {
    const { tasks } = (await window.inspected).client.collections
    await tasks.update('waiting', { done: true })
    await tasks.run.rename('waiting', { title: 'Pick the pears' })
  })
  return { world, device }
}

test('[IN6] [IN7] the time line, the counters and the bytes are what the client told', async () => {
  await using closing = new AsyncDisposableStack()
  const { device } = await openBusy(closing)
  const { page, panel, choose } = device
  const told = await page.evaluate(async () => (await window.inspected).events)
  expect(told.length).toBeGreaterThan(10)

  await choose('Time line')
  const lines = panel.locator('[data-event]')
  await expect
    .poll(() => lines.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-event'))), patience)
    .toEqual(told.map(({ type }) => type).toReversed())

  await choose('Counters')
  const countOf = (type: string): string => `${told.filter((event) => event.type === type).length}`
  const bytes = told.reduce((sum, event) => sum + (event.type === 'pushStarted' ? event.bytes : 0), 0)
  const changes = told.reduce((sum, event) => sum + (event.type === 'pulled' ? event.changes : 0), 0)
  const applied = told
    .flatMap((event) => (event.type === 'decided' ? event.verdicts : []))
    .filter(({ kind }) => kind === 'applied').length
  const waiting = await page.evaluate(async () => {
    const all = await (await window.inspected).client.operations.list({ status: 'PENDING' })
    return all.reduce((sum, { payload }) => sum + new TextEncoder().encode(payload).length, 0)
  })
  const said = (count: number): string => (count < 1_000 ? `${count} B` : `${(count / 1_000).toFixed(1)} kB`)
  expect(Math.min(bytes, waiting)).toBeGreaterThan(0)
  await expect
    .poll(() => figuresOf(panel), patience)
    .toMatchObject({
      written: countOf('written'),
      batches: countOf('pushStarted'),
      pulls: countOf('pulled'),
      'changes pulled': `${changes}`,
      'conflicts opened': countOf('conflictOpened'),
      'dead lettered': '1',
      applied: `${applied}`,
      left: said(bytes),
      answered: said(bytes),
      waiting: said(waiting),
    })
})

test('[IN6] what was counted stays counted where the inspector is moved in the page', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose } = await world.open('anna', '&stopped')
  const most = 600
  await page.evaluate(async (count) => {
    const { client, element, inspectable } = await window.inspected
    const titles = Array.from({ length: count }, (_, index) => `${index}`)
    await Promise.all(titles.map((title) => client.collections.tasks.create({ title })))
    if (inspectable?.recent().length !== 500) throw new Error('All events are kept.')
    element.remove()
    await client.collections.tasks.create({ title: 'while it was away' })
    document.body.append(element)
  }, most)
  await choose('Counters')
  await expect.poll(() => figuresOf(panel), patience).toMatchObject({ written: `${most + 1}` })
})

test('[IN6] what the start of the client found is told once', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose } = await world.open('anna', '&stopped&lost')
  await page.evaluate(async () => {
    const { element } = await window.inspected
    element.remove()
    document.body.append(element)
  })
  await choose('Time line')
  expect(await panel.locator('[data-event=localDataLost]').count()).toBe(1)
})

test('[IN8] the trace that is downloaded is read by pnpm sim --trace, which finds its promises kept', async () => {
  await using closing = new AsyncDisposableStack()
  const folder = closing.use(temporaryFolder())
  const { device } = await openBusy(closing)
  const { page, choose } = device
  await choose('Counters')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download trace' }).click(),
  ])
  const file = folder.path('trace.json')
  await download.saveAs(file)
  const events = await page.evaluate(async () => (await window.inspected).events.length)
  const { code, output } = await runTool('sim', '--trace', file)
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toContain(`${events} events of a client, 0 promises found broken`)
  expect(output).toContain('at the end: offline; 2 pending, 0 sent, 1 conflicts, 1 dead letters')
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain('Pick the')
  figure(`a trace of ${events} events, ${text.length} characters, read by pnpm sim --trace`)
})

test('[IN9] without the plugin a record is shown with what this device did to it, and it says what is missing', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose, status } = await world.open('anna', '&plain')
  await page.evaluate(async () => {
    const { tasks } = (await window.inspected).client.collections
    await tasks.create({ id: 'a', title: 'one' })
    await tasks.update('a', { title: '<img src="/nothing" onerror="document.title = \'broken\'">' })
  })
  await status('synced')
  await choose('Records')
  await page.getByRole('button', { name: 'Layers of a' }).click()
  await expect.poll(() => panel.locator('[data-layer]').count(), patience).toBe(2)
  expect(await panel.textContent()).toContain('inspectable()')
  // What a record holds is text, whatever it looks like.
  expect(await panel.textContent()).toContain('<img src=')
  expect(await panel.locator('img').count()).toBe(0)
})

test('[IN12] out of the page it listens to nothing; back in it shows what is so then', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose, status } = await world.open('anna')
  await status('synced')
  for (const title of titles) await choose(title)
  const held = () => page.evaluate(async () => (await window.inspected).subscriptions())
  expect(await held()).toBeGreaterThan(2)
  await page.evaluate(async () => (await window.inspected).element.remove())
  await expect.poll(held, patience).toBe(0)
  await page.evaluate(async () => {
    const { client, element } = await window.inspected
    await client.collections.tasks.create({ id: 'a', title: 'one' })
    document.body.append(element)
  })
  await choose('Time line')
  await expect.poll(() => panel.locator('[data-event=written]').count(), patience).toBe(1)
  await page.evaluate(async () => {
    const { element } = await window.inspected
    element.client = undefined
  })
  expect(await held()).toBe(0)
  expect(await page.getByText('No client').count()).toBe(1)
})

test('[IN11] each panel is reached and used by the keyboard, and said', async () => {
  await using closing = new AsyncDisposableStack()
  const { device } = await openBusy(closing)
  const { page } = device
  await page.getByRole('tab', { name: 'State' }).focus()
  for (const title of [...titles, 'State']) {
    const chosen = page.getByRole('tab', { name: title, selected: true })
    expect(await chosen.count()).toBe(1)
    expect(await chosen.evaluate((tab) => (tab.getRootNode() as ShadowRoot).activeElement === tab)).toBe(true)
    expect(await page.getByRole('tabpanel', { name: title }).count()).toBe(1)
    await page.keyboard.press('ArrowRight')
  }
  await page.keyboard.press('End')
  expect(await page.getByRole('tabpanel', { name: 'Counters' }).count()).toBe(1)
  await page.getByRole('button', { name: 'Pause' }).press('Enter')
  await expect.poll(() => page.getByRole('status').textContent(), patience).toBe('The client is stopped.')
})

test('[IN11] who takes an operation back by the keyboard keeps a place', async () => {
  await using closing = new AsyncDisposableStack()
  const { device } = await openBusy(closing)
  const { page, panel, choose } = device
  await choose('Queue')
  const cancel = page.getByRole('button', { name: /^Cancel/ })
  await expect.poll(() => cancel.count(), patience).toBe(2)
  await cancel.last().press('Enter')
  await expect.poll(() => cancel.count(), patience).toBe(1)
  const focused = () =>
    panel.evaluate((place) => (place.getRootNode() as ShadowRoot).activeElement?.getAttribute('role'))
  expect(await focused()).toBe('tabpanel')
})

test('[IN11] no panel breaks a rule of axe-core, light and dark, wide and 360 pixels narrow, nor runs over its side', async () => {
  await using closing = new AsyncDisposableStack()
  const { device } = await openBusy(closing)
  const { page, panel, choose } = device
  await page.evaluate(axe.source)
  let looks = 0
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [1_000, 360]) {
      await page.setViewportSize({ width, height: 800 })
      for (const [title, contents] of Object.entries(contentsOf)) {
        await choose(title)
        if (title === 'Records') await page.getByRole('button', { name: 'Layers of waiting' }).click()
        await panel.locator(contents).first().waitFor()
        expect({ colorScheme, width, title, problems: await problemsOf(page) }).toMatchObject({
          problems: [],
        })
        looks += 1
      }
    }
  }
  // That the rules look into the element is not a matter of course.
  await page.evaluate(async () => {
    const { element } = await window.inspected
    element.shadowRoot?.querySelector('[role=tabpanel]')?.append(document.createElement('button'))
  })
  expect(await problemsOf(page)).toEqual([expect.stringContaining('button-name')])
  figure(`${looks} views of ${titles.length} panels without a violation of axe-core ${axe.version}`)
})

const problemsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(async () => {
    const loaded = globalThis as unknown as { readonly axe: typeof axe }
    const { element } = await window.inspected
    const { violations } = await loaded.axe.run(element, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } },
    })
    const wide = [document.documentElement, element.shadowRoot?.querySelector('[role=tabpanel]')].filter(
      (one) => one !== null && one !== undefined && one.scrollWidth > one.clientWidth,
    )
    return [
      ...violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
      ),
      ...wide.map((one) => `${one?.tagName} is wider than its place`),
    ]
  })

test('two inspectors show one client, each a panel of its own: the picture of the guide', async () => {
  await using closing = new AsyncDisposableStack()
  const { device } = await openBusy(closing)
  const { page } = device
  await page.setViewportSize({ width: 1_000, height: 700 })
  await page.evaluate(async () => {
    const { addInspector } = await window.inspected
    addInspector()
    document.body.style.cssText =
      'margin: 16px; display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start'
  })
  const right = page.locator('holdfast-inspector').nth(1)
  await right.getByRole('tab', { name: 'Records' }).click()
  await right.getByRole('button', { name: 'Layers of waiting' }).click()
  await expect.poll(() => right.locator('[data-layer]').count(), patience).toBe(4)
  expect(await device.panel.locator('svg .current').getAttribute('data-status')).toBe('offline')
  const picture = await page.screenshot()
  // Only who asks for it changes the page in docs.
  if (process.env['HOLDFAST_PICTURES'] !== undefined) await writeFile(drawn, picture)
})
