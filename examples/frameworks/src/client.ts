import { createSyncClient, type RecordOf, type SyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from './schema.ts'

type Collections = (typeof schema)['collections']
export type Client = SyncClient<Collections>
export type Task = RecordOf<Collections['tasks']>

/** The one client of a page: whatever draws the page gets it. */
export const openClient = (user: string): Promise<Client> =>
  createSyncClient({
    schema,
    user,
    storage: indexedDbStorage({ name: 'tasks' }),
    transport: trpcTransport({
      url: '/trpc',
      headers: () => ({ authorization: `Bearer token of ${user}` }),
      transformer: 'none',
      live: sseLive,
    }),
    scopes: ['team-1'],
  })
