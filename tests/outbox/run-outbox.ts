import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSeededRandom } from '@holdfast/core/testing'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { spawnChild } from '../harness/child.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scopes } from './scopes.ts'

export interface OutboxRun {
  readonly kills: number
  /** Batches that were committed. */
  readonly committed: number
  readonly missing: readonly string[]
  /** Delivered although nothing like it was committed. */
  readonly invented: readonly string[]
  /** More often than once. */
  readonly repeated: number
  /** First delivered before an earlier one of its scope. */
  readonly early: readonly string[]
}

const child = `${import.meta.dirname}/children/outbox-process.ts`

/** Kills a server that writes and delivers, again and again; then lets one deliver what is left. */
export const runOutbox = async (
  { url, store }: Pick<TestDatabase, 'url' | 'store'>,
  kills: number,
  seed: string,
): Promise<OutboxRun> => {
  const random = createSeededRandom(seed)
  using folder = temporaryFolder()
  const file = folder.path('queue')
  for (let kill = 0; kill < kills; kill += 1) {
    await using server = spawnChild(child, url, file, 'write')
    await server.printed('ready')
    await sleep(random.between(20, 600))
    await server.kill()
  }
  const last = spawnChild(child, url, file, 'drain')
  await last.ended
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []

  const committed: string[] = []
  for (const scope of scopes) {
    const head = await store.read(scope, async ({ state }) => state.head)
    for (let seq = 1; seq <= head; seq += 1) committed.push(`${scope} ${seq}`)
  }
  const first = [...new Set(lines)]
  const delivered = new Set(first)
  const known = new Set(committed)
  return {
    kills,
    committed: committed.length,
    missing: committed.filter((event) => !delivered.has(event)),
    invented: first.filter((event) => !known.has(event)),
    repeated: lines.length - first.length,
    early: scopes.flatMap((scope) =>
      first
        .filter((event) => event.startsWith(scope))
        .filter((event, index) => event !== `${scope} ${index + 1}`),
    ),
  }
}
