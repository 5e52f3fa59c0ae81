import { createSyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { schema } from './schema.ts'

/** A device that shows what others do as soon as it is done. */
export const openDevice = (user: string, url: string) =>
  createSyncClient({
    schema,
    user,
    storage: memoryStorage(), // sqliteStorage, indexedDbStorage
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: user }), live: sseLive }),
    scopes: ['shop'],
  })
