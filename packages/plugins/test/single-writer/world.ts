import {
  collection,
  createSyncClient,
  defineSchema,
  manualConnectivity,
  optimisticVersion,
  type Plugin,
  type SyncClient,
} from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { leases, singleWriter, type SingleWriterApi } from '@holdfast/plugins/single-writer'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope, twisted } from '../../../core/test/support/transports.ts'

export const ttl = 60_000

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    reports: collection({
      fields: z.object({ id: z.string(), title: z.string() }),
      conflict: optimisticVersion(),
    }),
    reportLeases: leases(),
  },
})

const plugin = () => singleWriter({ ttl, collections: { reports: 'reportLeases' } })

export type Client = SyncClient<
  (typeof schema)['collections'],
  readonly Plugin<'singleWriter', SingleWriterApi>[]
>

/** A server in memory, and devices that share its clock. */
export const openLeases = () => {
  const environment = manualEnvironment()
  const server = localServer({ schema, store: memoryServerStore(), environment, plugins: [plugin()] })
  const opened: Client[] = []

  return {
    environment,
    async device(user: string, storage: StorageAdapter = memoryStorage(), others: readonly Plugin[] = []) {
      const transport = twisted(server(user))
      const connectivity = manualConnectivity()
      const client = await createSyncClient({
        ...{ schema, user, storage, transport, connectivity, environment },
        scopes: [scope],
        plugins: [plugin(), ...others] as readonly Plugin<'singleWriter', SingleWriterApi>[],
        pollEvery: 1_000 * ttl,
      })
      opened.push(client)
      return { client, leases: client.plugins.singleWriter, transport, connectivity }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((client) => client.close()))
    },
  }
}
