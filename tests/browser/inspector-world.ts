import type { BrowserContext, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { serveScript } from '../../tools/chromium/serve-script.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { startServer, type TestServer } from '../harness/server.ts'
import type { StartedBrowser } from './use-browser.ts'

export interface InspectorWorld {
  readonly server: TestServer
  /** What the server refuses: records with this title. */
  forbidden: string | undefined
  /** A device of this user, with an inspector; `query` is for the page. */
  readonly open: (user: string, query?: string) => Promise<Device>
}

export interface Device {
  readonly page: Page
  readonly context: BrowserContext
  readonly panel: Locator
  /** Chooses a tab by its title. */
  readonly choose: (title: string) => Promise<void>
  readonly status: (status: string) => Promise<void>
}

/** A real server, and pages that load without it. */
export const openWorld = async (
  closing: AsyncDisposableStack,
  { browser, script }: StartedBrowser,
): Promise<InspectorWorld> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  const server = closing.use(
    await startServer({
      schema,
      database,
      authorize: ({ after }) => world.forbidden === undefined || after?.['title'] !== world.forbidden,
    }),
  )
  const world: InspectorWorld = {
    server,
    forbidden: 'forbidden',
    async open(user, query = '') {
      server.tokens.set(`token of ${user}`, { id: user })
      const context = closing.adopt(await browser.newContext(), (one) => one.close())
      await serveScript(context, script, `${server.url}/app*`)
      const page = await context.newPage()
      await page.goto(`${server.url}/app?user=${user}${query}`)
      await page.evaluate(() => window.inspected)
      return {
        page,
        context,
        panel: page.getByRole('tabpanel').first(),
        async choose(title) {
          await page.getByRole('tab', { name: title }).first().click()
        },
        async status(status) {
          const state = (): Promise<string> =>
            page.evaluate(async () => (await window.inspected).client.state.status)
          await expect.poll(state, { timeout: 20_000 }).toBe(status)
        },
      }
    },
  }
  return world
}

/** The figures that a panel shows, by their labels. */
export const figuresOf = (panel: Locator): Promise<Record<string, string>> =>
  panel
    .locator('[data-figure]')
    .evaluateAll((all) =>
      Object.fromEntries(all.map((one) => [one.getAttribute('data-figure') ?? '', one.textContent])),
    )

/** `queue$` of the client, as it is now. */
export const queueOf = (page: Page) =>
  page.evaluate(async () => {
    const { client } = await window.inspected
    return new Promise<{
      readonly pending: number
      readonly sent: number
      readonly conflicts: number
      readonly deadLetters: number
      readonly level: string
    }>((resolve) => {
      client.queue$.subscribe(resolve)
    })
  })

/** Both have the record, then each gives it another title, offline: whoever is second has a conflict. */
export const openConflict = async (left: Device, right: Device): Promise<void> => {
  const sync = ({ page }: Device) =>
    page.evaluate(async () => void (await (await window.inspected).client.syncNow()))
  await left.page.evaluate(async () => {
    const { client } = await window.inspected
    await client.collections.tasks.create({ id: 'shared', title: 'both have it' })
  })
  await left.status('synced')
  await sync(left)
  await sync(right)
  await right.page.evaluate(async () => (await window.inspected).client.pause())
  for (const [device, title] of [
    [left, 'of the left'],
    [right, 'of the right'],
  ] as const)
    await device.page.evaluate(async (text) => {
      const { client } = await window.inspected
      await client.collections.tasks.update('shared', { title: text })
    }, title)
  await sync(left)
  await left.status('synced')
  await right.page.evaluate(async () => (await window.inspected).client.start())
  await sync(right)
}
