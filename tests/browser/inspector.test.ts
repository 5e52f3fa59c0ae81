import { expect, test } from 'vitest'
import { figuresOf, openConflict, openWorld, queueOf } from './inspector-world.ts'
import { useBrowser } from './use-browser.ts'

const started = useBrowser('inspector-page.ts')

const patience = { timeout: 20_000 }

test('[IN1] the state that the client is in is drawn among all states, as it changes', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, context, panel, status } = await world.open('anna', '&stopped')
  const drawn = () => panel.locator('svg .current').getAttribute('data-status')
  const said = () => page.locator('header [data-figure=status]').textContent()
  expect(await panel.locator('svg g[data-status]').count()).toBe(8)

  const reaches = async (expected: string): Promise<void> => {
    await status(expected)
    await expect.poll(drawn, patience).toBe(expected)
    expect(await said()).toBe(expected)
    expect(await panel.locator('svg').getAttribute('aria-label')).toContain(`the client is ${expected}`)
    await expect.poll(() => panel.locator('[data-scope=team-1] .chip').textContent()).toBe(expected)
  }
  await reaches('stopped')
  await page.getByRole('button', { name: 'Start' }).click()
  await reaches('synced')
  await context.setOffline(true)
  await reaches('offline')
  await context.setOffline(false)
  await reaches('synced')
  world.server.tokens.clear()
  await page.getByRole('button', { name: 'Sync now' }).click()
  await reaches('blocked')
  expect(await panel.locator('[data-figure=state]').textContent()).toContain('AUTH_REQUIRED')
  await page.getByRole('button', { name: 'Pause' }).click()
  await reaches('stopped')
})

test("[IN2] the queue's figures are the client's, and each operation is shown with its fate", async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, context, panel, choose, status } = await world.open('anna')
  await status('synced')
  await context.setOffline(true)
  await status('offline')
  await choose('Queue')
  const ids = await page.evaluate(async () => {
    const { client } = await window.inspected
    const made: string[] = []
    for (const title of ['one', 'two', 'three'])
      made.push((await client.collections.tasks.create({ title })).operationId)
    return made
  })
  const fates = async () =>
    Object.fromEntries(
      await panel
        .locator('[data-operation]')
        .evaluateAll((rows) =>
          rows.map((row) => [
            row.getAttribute('data-operation') ?? '',
            row.querySelector('p .chip')?.textContent,
          ]),
        ),
    )
  const fatesOfClient = () =>
    page.evaluate(async () => {
      const operations = await (await window.inspected).client.operations.list()
      return Object.fromEntries(operations.map(({ id, fate }) => [id, fate.kind]))
    })
  const agrees = async (): Promise<void> => {
    await expect.poll(fates, patience).toEqual(await fatesOfClient())
    const { pending, sent, conflicts, deadLetters, level } = await queueOf(page)
    expect(await figuresOf(panel)).toEqual({
      pending: `${pending}`,
      sent: `${sent}`,
      conflicts: `${conflicts}`,
      'dead letters': `${deadLetters}`,
      level,
    })
  }
  await agrees()
  expect((await queueOf(page)).pending).toBe(3)
  expect(await page.getByRole('tab', { name: 'Queue 3' }).count()).toBe(1)

  await page.getByRole('button', { name: `Cancel operation ${ids[1]}` }).click()
  await expect.poll(async () => (await queueOf(page)).pending).toBe(2)
  await agrees()
  await context.setOffline(false)
  await status('synced')
  await expect
    .poll(async () => {
      const now = await fates()
      return ids.map((id) => now[id])
    }, patience)
    .toEqual(['applied', 'cancelled', 'applied'])
  await agrees()
})

/** Two devices that differ; the inspector of one of them shows the question. */
const showConflict = async (closing: AsyncDisposableStack) => {
  const world = await openWorld(closing, started())
  const [left, right] = [await world.open('anna'), await world.open('bert')]
  await openConflict(left, right)
  await right.choose('Conflicts')
  return { world, left, right, sides: right.panel.locator('.sides pre') }
}

test('[IN3] a conflict is shown with both sides, and answered from the panel', async () => {
  await using closing = new AsyncDisposableStack()
  const { world, right, sides } = await showConflict(closing)
  await expect
    .poll(() => sides.allTextContents(), patience)
    .toEqual(['title: "of the right"', 'title: "of the left"'])
  const open = await right.page.evaluate(async () => (await window.inspected).client.conflicts.list())
  expect(await right.panel.locator('[data-conflict]').getAttribute('data-conflict')).toBe(open[0]?.id)
  await right.page.getByRole('button', { name: 'Take mine' }).click()
  await expect.poll(() => right.panel.locator('[data-conflict]').count(), patience).toBe(0)
  await right.status('synced')
  const { data } = await world.server.prisma.holdfastRecord.findFirstOrThrow()
  expect(JSON.parse(data)).toMatchObject({ title: 'of the right' })
  expect((await queueOf(right.page)).conflicts).toBe(0)
})

test('[IN3] a conflict that the other side goes on with is shown as it is then', async () => {
  await using closing = new AsyncDisposableStack()
  const { left, right, sides } = await showConflict(closing)
  await expect.poll(() => sides.count(), patience).toBe(2)
  await left.page.evaluate(async () => {
    const { client } = await window.inspected
    await client.collections.tasks.update('shared', { title: 'of the left, later' })
    await client.syncNow()
  })
  await left.status('synced')
  await right.page.evaluate(async () => void (await (await window.inspected).client.syncNow()))
  await expect
    .poll(() => sides.allTextContents(), patience)
    .toEqual(['title: "of the right"', 'title: "of the left, later"'])
})

test('[IN4] a record is shown in its layers: the base of the server, each operation on it, and what comes of it', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose, status } = await world.open('anna')
  await page.evaluate(async () => {
    const { client } = await window.inspected
    await client.collections.tasks.create({ id: 'a', title: 'one' })
  })
  await page.evaluate(async () => void (await (await window.inspected).client.syncNow()))
  await status('synced')
  await page.getByRole('button', { name: 'Pause' }).click()
  await choose('Records')
  await page.getByRole('button', { name: 'Layers of a' }).click()
  await page.evaluate(async () => {
    const { client } = await window.inspected
    await client.collections.tasks.update('a', { title: 'two' })
    await client.collections.tasks.run.rename('a', { title: 'three' })
  })
  const names = () =>
    panel.locator('[data-layer]').evaluateAll((all) => all.map((one) => one.getAttribute('data-layer')))
  const truth = await page.evaluate(async () => (await window.inspected).inspectable?.layersOf('tasks', 'a'))
  expect(truth?.operations).toHaveLength(2)
  await expect
    .poll(names, patience)
    .toEqual(['base', ...(truth?.operations ?? []).map(({ id }) => id), 'shown'])
  const valuesOf = async (layer: string): Promise<unknown> =>
    JSON.parse((await panel.locator(`[data-layer=${layer}] pre`).textContent()) ?? '')
  expect(await valuesOf('base')).toEqual(truth?.base?.data)
  expect(await valuesOf('shown')).toEqual(truth?.shown)
  expect(truth).toMatchObject({ base: { data: { title: 'one' } }, shown: { title: 'three' } })
  expect(await panel.locator('[data-figure=records]').textContent()).toBe('1 record.')
})

test('[IN5] a dead letter says why, and is made again or let go of from the panel', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose, status } = await world.open('anna')
  await page.evaluate(async () => {
    const { tasks } = (await window.inspected).client.collections
    await tasks.create({ id: 'a', title: 'forbidden' })
    await tasks.create({ id: 'b', title: 'forbidden' })
  })
  await choose('Dead letters')
  const letters = panel.locator('[data-letter]')
  await expect.poll(() => letters.count(), patience).toBe(2)
  expect((await queueOf(page)).deadLetters).toBe(2)
  expect(await letters.first().textContent()).toContain('FORBIDDEN_OR_MISSING')

  await page.getByRole('button', { name: 'Discard create tasks b' }).click()
  await expect.poll(() => letters.count(), patience).toBe(1)
  world.forbidden = undefined
  await page.getByRole('button', { name: 'Retry create tasks a' }).focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => letters.count(), patience).toBe(0)
  expect(await page.getByRole('status').textContent()).toMatch(/Made again|synced/)
  const focused = () =>
    page.evaluate(async () =>
      (await window.inspected).element.shadowRoot?.activeElement?.getAttribute('role'),
    )
  await expect.poll(focused).toBe('tabpanel')
  await status('synced')
  const ids = async () =>
    (await world.server.prisma.holdfastRecord.findMany()).map(({ recordId }) => recordId)
  await expect.poll(ids, patience).toEqual(['a'])
  expect((await queueOf(page)).deadLetters).toBe(0)
})

test('[IN5] who has the focus in a dead letter keeps it while another one goes', async () => {
  await using closing = new AsyncDisposableStack()
  const world = await openWorld(closing, started())
  const { page, panel, choose } = await world.open('anna')
  await page.evaluate(async () => {
    const { tasks } = (await window.inspected).client.collections
    for (const id of ['a', 'b']) await tasks.create({ id, title: 'forbidden' })
  })
  await choose('Dead letters')
  const letters = panel.locator('[data-letter]')
  await expect.poll(() => letters.count(), patience).toBe(2)
  await letters
    .last()
    .getByRole('button', { name: /^Retry/ })
    .focus()
  await page.evaluate(async () => {
    const { deadLetters } = (await window.inspected).client
    const [first] = await deadLetters.list()
    await deadLetters.discard(first?.id ?? '')
  })
  await expect.poll(() => letters.count(), patience).toBe(1)
  const focused = () =>
    panel.evaluate((place) => (place.getRootNode() as ShadowRoot).activeElement?.textContent)
  expect(await focused()).toBe('Retry')
})
