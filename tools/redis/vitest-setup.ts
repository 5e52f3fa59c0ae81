import type { TestProject } from 'vitest/node'
import { provideUrl } from '../servers/provide-url.ts'
import { providedAs } from './provided.ts'
import { startRedis } from './start-redis.ts'

/** One server for all test files of a run. */
export default function setUp(project: TestProject): Promise<() => Promise<void>> {
  return provideUrl(project, providedAs, startRedis)
}
