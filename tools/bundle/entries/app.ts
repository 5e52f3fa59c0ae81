import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from './schema-only.ts'

/** What a page of an app imports, in full: schema, client, storage and transport. */
export const client = await createSyncClient({
  schema,
  user: 'ada',
  storage: indexedDbStorage({ name: 'todos' }),
  transport: trpcTransport({ url: '/trpc' }),
  scopes: ['team-1'],
})
