import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { providedAs } from './provided.ts'
import { startPostgres, type Postgres } from './start-postgres.ts'

/** One server for all test files of a run, started when the first of them asks. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Postgres> | undefined
  const path = `/${randomUUID()}`
  const server = createServer((request, response) => {
    if (request.url !== path) return void response.writeHead(404).end()
    started ??= startPostgres()
    started.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(503).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  project.provide(providedAs, `http://127.0.0.1:${address.port}${path}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    const postgres = await started?.catch(() => undefined)
    await postgres?.[Symbol.asyncDispose]()
  }
}
