/**
 * A device in a process of its own, to be killed: `<url> <file> <token> <user> <what>...`. Does what it is told, one
 * after the other, prints each once it is done, and then waits for its end.
 */
import { writeSync } from 'node:fs'
import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { schema } from '../../packages/core/test/support/schema.ts'
import { scope } from '../harness/server.ts'

const [url = '', filename = '', token = '', user = '', ...todo] = process.argv.slice(2)
const client = await createSyncClient({
  schema,
  user,
  storage: sqliteStorage({ filename, durability: 'normal' }),
  transport: trpcTransport({
    url,
    headers: () => ({ authorization: `Bearer ${token}` }),
    transformer: 'none',
  }),
  scopes: [scope],
  autoStart: false,
  retry: { base: 20, cap: 100 },
})

const writeAll = (title: string): Promise<void> =>
  client.transaction(async ({ collections: { asked } }) => {
    for (const id of ['a', 'b', 'c']) await asked.update(id, { title })
  })

const resolve = async (): Promise<void> => {
  client.pause()
  for (const { id } of await client.conflicts.list()) await client.conflicts.resolve(id, 'mine')
}

const does: Readonly<Record<string, () => Promise<unknown>>> = {
  write: () => writeAll('mine'),
  sync: () => {
    client.start()
    return client.syncNow()
  },
  resolve,
  async loop() {
    client.start()
    for (let count = 1; ; count += 1) {
      await writeAll(`${count}`)
      writeSync(1, `${count}\n`)
    }
  },
}

for (const what of todo) {
  await does[what]?.()
  writeSync(1, `${what}\n`)
}
setInterval(() => undefined, 1_000)
