import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { filter, firstValueFrom } from 'rxjs'
import { schema } from '../../../packages/core/test/support/schema.ts'

/**
 * `node cut-device.ts fill <file> <operations>` queues operations; `node cut-device.ts drain <file> <url> <token>` sends what is
 * queued, as often as it is killed in between, and prints how many are not applied in the end.
 */
const [mode, filename = '', third = '', token = ''] = process.argv.slice(2)
const together = 200

const client = await createSyncClient({
  schema,
  user: 'u-1',
  storage: sqliteStorage({ filename, durability: 'normal' }),
  transport: trpcTransport({
    url: `${mode === 'drain' ? third : 'http://127.0.0.1:9'}/trpc`,
    headers: () => ({ authorization: `Bearer ${token}` }),
    transformer: 'none',
  }),
  scopes: ['team-1'],
  autoStart: false,
  limits: { maxOps: 100_000 },
  retry: { base: 100, cap: 1_000 },
})

if (mode === 'fill') {
  for (let start = 0; start < Number(third); start += together) {
    const titles = Array.from(
      { length: Math.min(together, Number(third) - start) },
      (_, index) => `task ${start + index}`,
    )
    await Promise.all(
      titles.map((title) => client.collections.tasks.create({ title, text: 'x'.repeat(200) })),
    )
  }
  await client.close()
  process.exit()
}

client.start()
await firstValueFrom(client.state$.pipe(filter(({ status }) => status === 'synced' || status === 'blocked')))
const { pending, sent, deadLetters, conflicts } = await firstValueFrom(client.queue$)
await client.close()
process.stdout.write(`${JSON.stringify({ left: pending + sent + deadLetters + conflicts })}\n`)
