import type { Page } from 'playwright-core'
import { pageOf } from '../../tools/chromium/serve-script.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { startServer, type ServerOptions, type TestServer } from '../harness/server.ts'
import type { StartedBrowser } from './use-browser.ts'

export interface OpenPage {
  readonly server: TestServer
  readonly page: Page
}

interface OpenPageOptions {
  /** Each has the token `token of <user>`. */
  readonly users: readonly string[]
  readonly scopes?: NonNullable<ServerOptions['scopes']>
  readonly query?: string
}

/** A server of its own, which serves the script as the page `/app`, and a device of its own that has opened it. */
export const openPage = async (
  closing: AsyncDisposableStack,
  { browser, script }: StartedBrowser,
  { users, scopes, query = '' }: OpenPageOptions,
): Promise<OpenPage> => {
  const database = closing.adopt(await createSqliteDatabase(), ({ close }) => close())
  const files = { '/app': { type: 'html', body: pageOf(script) } } as const
  const options = scopes === undefined ? {} : { scopes }
  const server = closing.use(await startServer({ schema, database, files, ...options }))
  for (const id of users) server.tokens.set(`token of ${id}`, { id })
  const context = closing.adopt(await browser.newContext(), (opened) => opened.close())
  const page = await context.newPage()
  await page.goto(`${server.url}/app${query}`)
  return { server, page }
}
