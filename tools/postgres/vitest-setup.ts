import { randomUUID } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { provideUrl } from '../servers/provide-url.ts'
import { dropDatabases } from './drop-databases.ts'
import { prefixProvidedAs, providedAs } from './provided.ts'
import { startPostgres } from './start-postgres.ts'

/** One server for all test files of a run. */
export default function setUp(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `holdfast_test_${randomUUID().slice(0, 8)}`
  project.provide(prefixProvidedAs, prefix)
  return provideUrl(project, providedAs, async () => {
    const { url, [Symbol.asyncDispose]: stop } = await startPostgres()
    return {
      url,
      async [Symbol.asyncDispose]() {
        await dropDatabases(url, prefix)
        await stop()
      },
    }
  })
}
