import { createSyncClient, definePlugin } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { filter, firstValueFrom } from 'rxjs'
import { schema } from '../../../packages/core/test/support/schema.ts'

/**
 * A device with many operations to send: `node --expose-gc device-process.ts <file> <url> <token> <operations>`. Drains
 * them, and prints the most memory that was in use, measured after a garbage collection at each answered batch.
 */
const [filename = '', url = '', token = '', count = '0'] = process.argv.slice(2)
const operations = Number(count)

let heap = 0
const measure = (): void => {
  globalThis.gc?.()
  heap = Math.max(heap, process.memoryUsage().heapUsed)
}

const client = await createSyncClient({
  schema,
  user: 'u-1',
  storage: sqliteStorage({ filename, durability: 'normal' }),
  transport: trpcTransport({
    url: `${url}/trpc`,
    headers: () => ({ authorization: `Bearer ${token}` }),
    transformer: 'none',
  }),
  scopes: ['team-1'],
  autoStart: false,
  limits: { maxOps: operations },
  retry: { base: 100, cap: 1_000 },
  plugins: [definePlugin({ name: 'gauge', hooks: { afterPush: measure } })],
})

const together = 200
for (let start = 0; start < operations; start += together) {
  const titles = Array.from(
    { length: Math.min(together, operations - start) },
    (_, index) => `task ${start + index}`,
  )
  await Promise.all(titles.map((title) => client.collections.tasks.create({ title, text: 'x'.repeat(200) })))
}
measure()
client.start()
await firstValueFrom(client.state$.pipe(filter(({ status }) => status === 'synced' || status === 'blocked')))
const { pending, sent, deadLetters, conflicts } = await firstValueFrom(client.queue$)
await client.close()
process.stdout.write(`${JSON.stringify({ heap, left: pending + sent + deadLetters + conflicts })}\n`)
