import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { schema } from './schema.ts'

const url = process.env['SYNC_URL'] ?? 'http://localhost:3000/sync'
const client = await createSyncClient({
  schema,
  user: 'ada',
  storage: sqliteStorage({ filename: 'ada.db' }),
  transport: trpcTransport({ url, path: '', headers: () => ({ authorization: 'token-of-ada' }) }),
  scopes: ['team-1'],
})
const { todos } = client.collections
todos.find$({ where: { done: false } }).subscribe((open) => console.log(`${open.length} open`))

const { operationId } = await todos.create({ title: 'Read the docs' }) // on disk from here on, server or no server
const { fate } = await client.operations.settled(operationId) // waits for the server's verdict
console.log(fate)
await client.close()
