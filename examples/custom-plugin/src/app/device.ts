import {
  createSyncClient,
  manualConnectivity,
  type AnyCollection,
  type Logger,
  type Plugin,
  type Schema,
  type SyncClientOptions,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import type { StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { scope } from './server.ts'

interface DeviceOptions<
  TCollections extends Readonly<Record<string, AnyCollection>>,
  TPlugins extends readonly Plugin[],
> {
  readonly schema: Schema<TCollections>
  readonly user: string
  readonly url: string
  readonly plugins: TPlugins
  readonly logger?: Logger
  /** Default: one of its own, in memory. */
  readonly storage?: StorageAdapter
}

/** A device that is offline until its network is switched on. */
export const openDevice = async <
  const TCollections extends Readonly<Record<string, AnyCollection>>,
  const TPlugins extends readonly Plugin[],
>({
  url,
  ...options
}: DeviceOptions<TCollections, TPlugins>) => {
  const network = manualConnectivity(false)
  const all: SyncClientOptions<TCollections, TPlugins> = {
    storage: memoryStorage(),
    ...options,
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: options.user }) }),
    scopes: [scope],
    connectivity: network,
  }
  const client = await createSyncClient(all)
  return {
    client,
    network,
    /** Switches the network on; resolves to the state in which the run ended. */
    async sync() {
      network.set(true)
      return client.syncNow()
    },
  }
}
