import { createSyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { scope, user } from './live-server.ts'
import { notes } from './schema.ts'

export interface LiveDevice extends AsyncDisposable {
  readonly ids: () => Promise<readonly string[]>
  readonly add: (id: string) => Promise<unknown>
  readonly isSynced: () => boolean
}

/** A device that hears of news by its live stream alone. */
export const openDevice = async (url: string): Promise<LiveDevice> => {
  const client = await createSyncClient({
    schema: notes,
    user: user.id,
    storage: memoryStorage(),
    transport: trpcTransport({ url, path: '', live: sseLive }),
    scopes: [scope],
    pollEvery: 86_400_000,
    retry: { base: 20, cap: 200 },
  })
  return {
    ids: async () => (await client.collections.notes.find()).map(({ id }) => id).toSorted(),
    add: (id) => client.collections.notes.create({ id, text: id }),
    isSynced: () => client.state.status === 'synced',
    [Symbol.asyncDispose]: client.close,
  }
}
