import { collection, createSyncClient, defineSchema, fieldMerge } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { z } from 'zod'

/** What a page of an app imports, in full: schema, client, storage and transport. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    todos: collection({
      fields: z.object({ id: z.string(), title: z.string().min(1), done: z.boolean().default(false) }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})

export const client = await createSyncClient({
  schema,
  user: 'ada',
  storage: indexedDbStorage({ name: 'todos' }),
  transport: trpcTransport({ url: '/trpc' }),
  scopes: ['team-1'],
})
