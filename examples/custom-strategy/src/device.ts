import {
  createSyncClient,
  manualConnectivity,
  type ManualConnectivity,
  type RecordOf,
  type SyncClient,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { schema } from './schema.ts'

type Collections = (typeof schema)['collections']
export type Photo = RecordOf<Collections['photos']>

export interface Device {
  readonly client: SyncClient<Collections>
  readonly network: ManualConnectivity
  /** Resolves once everything is sent and everything new is here. */
  readonly sync: () => Promise<void>
}

export const openDevice = async (user: string, url: string): Promise<Device> => {
  const network = manualConnectivity()
  const client = await createSyncClient({
    schema,
    user,
    storage: memoryStorage(),
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: user }) }),
    scopes: ['album'],
    connectivity: network,
  })
  return {
    client,
    network,
    async sync() {
      const state = await client.syncNow()
      if (state.status !== 'synced') throw new Error(`${user} is ${state.status} after a sync.`)
    },
  }
}
