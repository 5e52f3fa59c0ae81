import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'

export interface StartedServer extends AsyncDisposable {
  readonly url: string
}

/** Provides test files with an address that answers with the URL of a server; it is started when the first of them asks. */
export const provideUrl = async (
  project: TestProject,
  name: keyof ProvidedContext,
  start: () => Promise<StartedServer>,
): Promise<() => Promise<void>> => {
  let started: Promise<StartedServer> | undefined
  const path = `/${randomUUID()}`
  const server = createServer((request, response) => {
    if (request.url !== path) return void response.writeHead(404).end()
    started ??= start()
    started.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(503).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  project.provide(name, `http://127.0.0.1:${address.port}${path}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    const running = await started?.catch(() => undefined)
    await running?.[Symbol.asyncDispose]()
  }
}
