import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from './schema-only-with-zod.ts'

/** The same as `app`, with a schema that is written with the whole of zod. */
export const client = await createSyncClient({
  schema,
  user: 'ada',
  storage: indexedDbStorage({ name: 'todos' }),
  transport: trpcTransport({ url: '/trpc' }),
  scopes: ['team-1'],
})
