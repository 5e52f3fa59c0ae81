import { createSyncClient, manualConnectivity, type Fate, type SyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { schema } from '../sync/schema.ts'

/** Offline, except while it syncs. */
export interface Device extends SyncClient<(typeof schema)['collections']> {
  readonly user: string
  readonly sync: () => Promise<void>
  readonly fateOf: (operationId: string) => Promise<Fate>
}

export interface DeviceOptions {
  readonly user: string
  readonly teams: readonly string[]
  readonly url: string
  readonly filename: string
  /** Told what the server's answers say. */
  readonly onAnswer: (body: string) => void
}

export const openDevice = async ({
  user,
  teams,
  url,
  filename,
  onAnswer,
}: DeviceOptions): Promise<Device> => {
  const network = manualConnectivity(false)
  const transport = trpcTransport({
    url: `${url}/sync`,
    path: '',
    headers: () => ({ authorization: `Bearer token-of-${user}` }),
    async fetch(input, init) {
      const answer = await fetch(input, init)
      onAnswer(await answer.clone().text())
      return answer
    },
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
    user,
    async sync() {
      network.set(true)
      const state = await client.syncNow()
      network.set(false)
      if (state.status !== 'synced')
        throw new Error(`The device of ${user} is ${JSON.stringify(state)} after a sync.`)
    },
    fateOf: async (operationId: string) => (await client.operations.settled(operationId)).fate,
  })
}
