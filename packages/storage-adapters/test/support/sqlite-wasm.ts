import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from 'playwright-core'
import { launchProfile } from '../../../../tools/chromium/launch.ts'
import { pageOf } from '../../../../tools/chromium/serve-script.ts'
import { scriptOf } from './browser.ts'
import { temporaryFolder } from './temporary.ts'

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** In Node the package resolves to another of its files, in the same folder. */
const packageFile = (name: string): string =>
  fileURLToPath(new URL(name, import.meta.resolve('@sqlite.org/sqlite-wasm')))

export interface WasmDevice extends AsyncDisposable {
  readonly context: BrowserContext
  /** Where the page is. Its origin is one of this device alone. */
  readonly url: string
}

/** A page of the adapters' tests, whose databases are with SQLite on OPFS. */
export const openWasmDevice = async (pageFile: string): Promise<WasmDevice> =>
  openWasmBrowser({ page: await scriptOf(pageFile), worker: await scriptOf('sqlite-wasm-worker.ts') })

/**
 * A browser with a profile on the disk, and a server on this machine for its pages: the script, the worker, and the
 * package as it is installed. Not by intercepted requests: each worker loads 1.5 MB, which a cache then answers.
 */
export const openWasmBrowser = async (scripts: {
  readonly page: string
  readonly worker: string
}): Promise<WasmDevice> => {
  const page = pageOf(scripts.page)
  const { worker } = scripts

  const contentOf = async (
    path: string,
  ): Promise<{ readonly type: string; readonly body: string | Buffer }> => {
    if (path === '/worker.js') return { type: 'text/javascript', body: worker }
    const name = /^\/sqlite-wasm\/([\w.-]+)$/.exec(path)?.[1]
    if (name === undefined) return { type: 'text/html', body: page }
    const type = contentTypes[extname(name)] ?? 'text/plain'
    return { type, body: await readFile(packageFile(`./${name}`)) }
  }

  const server = createServer((request, response) => {
    contentOf(new URL(request.url ?? '/', 'http://localhost').pathname).then(
      ({ type, body }) =>
        response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=600' }).end(body),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const folder = temporaryFolder()
  const context = await launchProfile(folder.path('profile'))
  return {
    context,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      await context.close()
      server.closeAllConnections()
      server.close()
      folder.remove()
    },
  }
}
