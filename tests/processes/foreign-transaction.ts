import { Client } from 'pg'
import type { Transport } from '@holdfast/core/trpc'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { createReader } from './reader.ts'
import { startServerProcess } from './start-server-process.ts'
import { createWriter } from './writer.ts'

export interface Latencies {
  readonly pushes: number
  readonly medianMs: number
  readonly slowestPushMs: number
  readonly slowestPullMs: number
  /** Records that were not in the first pull after their push was answered. */
  readonly late: number
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** Pushes and pulls in turn for a while: each pushed record has to be there in the next pull. */
const measure = async (name: string, transport: Transport, seconds: number): Promise<Latencies> => {
  const writer = createWriter(name)
  const reader = createReader(`${name}-reader`)
  const pushes: number[] = []
  const pulls: number[] = []
  let late = 0
  while (await reader.pull(transport));
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const recordId = `${name}-${pushes.length}`
    const fields = { id: recordId, title: 'one' }
    const operation = writer.operation({ collection: 'tasks', recordId, type: 'create', fields })
    pushes.push(await timed(() => writer.push(transport, [operation])))
    pulls.push(await timed(() => reader.pull(transport)))
    if (!reader.versions.has(`tasks/${recordId}`)) late += 1
  }
  return {
    pushes: pushes.length,
    medianMs: median(pushes),
    slowestPushMs: Math.max(...pushes),
    slowestPullMs: Math.max(...pulls),
    late,
  }
}

/** A transaction of another program with a transaction id, open on a table that is not ours. */
export const holdForeignTransaction = async (url: string): Promise<AsyncDisposable> => {
  const client = new Client(url)
  await client.connect()
  await client.query('CREATE TABLE foreign_table (id int); INSERT INTO foreign_table VALUES (1)')
  await client.query('BEGIN; UPDATE foreign_table SET id = 2; SELECT txid_current()')
  return {
    async [Symbol.asyncDispose]() {
      await client.query('ROLLBACK; DROP TABLE foreign_table')
      await client.end()
    },
  }
}

export interface ForeignTransaction {
  readonly before: Latencies
  readonly beside: Latencies
  readonly after: Latencies
}

/** The same traffic before, beside and after an open foreign transaction, which is held for so many seconds. */
export const runForeignTransaction = async (
  database: TestDatabase,
  seconds: number,
): Promise<ForeignTransaction> => {
  await using server = await startServerProcess({ database: database.url })
  const transport = server.transport('u-1')
  await measure('warm-up', transport, 1)
  const before = await measure('before', transport, seconds / 2)
  const held = await holdForeignTransaction(database.url)
  const beside = await measure('beside', transport, seconds)
  await held[Symbol.asyncDispose]()
  return { before, beside, after: await measure('after', transport, seconds / 2) }
}
