import {
  createSyncClient,
  manualConnectivity,
  type AnyCollection,
  type Schema,
  type SyncClient,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { scope } from './server.ts'

type Collections = Readonly<Record<string, AnyCollection>>

/** A device that is offline except while it syncs, so that a story takes the same turns each time. */
export interface Device<TCollections extends Collections> extends SyncClient<TCollections> {
  readonly user: string
  /** Goes online, sends everything, fetches everything, and is offline again. */
  readonly sync: () => Promise<void>
}

export interface DeviceOptions<TCollections extends Collections> {
  readonly schema: Schema<TCollections>
  readonly user: string
  readonly url: string
  /** Its database; what was there before is there again. */
  readonly filename: string
}

export const openDevice = async <const TCollections extends Collections>({
  schema,
  user,
  url,
  filename,
}: DeviceOptions<TCollections>): Promise<Device<TCollections>> => {
  const network = manualConnectivity(false)
  const client = await createSyncClient({
    schema,
    user,
    storage: sqliteStorage({ filename }),
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: user }) }),
    scopes: [scope],
    connectivity: network,
  })
  return Object.assign(client, {
    user,
    async sync() {
      network.set(true)
      const { status } = await client.syncNow()
      network.set(false)
      if (status !== 'synced') throw new Error(`The device of ${user} is ${status} after a sync.`)
    },
  })
}
