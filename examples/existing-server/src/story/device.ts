import { createSyncClient, manualConnectivity, type Fate, type SyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { schema } from '../sync/schema.ts'

export interface Device extends SyncClient<(typeof schema)['collections']> {
  readonly name: string
  readonly sync: () => Promise<void>
  readonly fateOf: (operationId: string) => Promise<Fate>
}

export interface DeviceOptions {
  readonly name: string
  readonly user: string
  readonly teams: readonly string[]
  readonly url: string
  readonly filename: string
  /** Told what the server's answers say. */
  readonly onAnswer: (body: string) => void
  /** Always online, and told at once; the others are offline except while they sync. */
  readonly isConnected?: boolean
}

export const openDevice = async (options: DeviceOptions): Promise<Device> => {
  const { name, user, teams, url, filename, onAnswer, isConnected = false } = options
  const network = manualConnectivity(isConnected)
  const transport = trpcTransport({
    url: `${url}/sync`,
    path: '',
    headers: () => ({ authorization: `Bearer token-of-${user}` }),
    async fetch(input, init) {
      const answer = await fetch(input, init)
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (!isStream) onAnswer(await answer.clone().text())
      return answer
    },
    ...(isConnected ? { live: sseLive } : {}),
  })
  const client = await createSyncClient({
    schema,
    user,
    storage: sqliteStorage({ filename }),
    transport,
    scopes: teams,
    connectivity: network,
  })
  return Object.assign(client, {
    name,
    async sync() {
      network.set(true)
      const state = await client.syncNow()
      network.set(isConnected)
      if (state.status !== 'synced')
        throw new Error(`${name}’s device is ${JSON.stringify(state)} after a sync.`)
    },
    fateOf: async (operationId: string) => (await client.operations.settled(operationId)).fate,
  })
}
