import {
  createSyncClient,
  manualConnectivity,
  type ManualConnectivity,
  type Operation,
  type SyncClient,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { schema } from './schema.ts'

export interface Device {
  readonly client: SyncClient<(typeof schema)['collections']>
  readonly network: ManualConnectivity
  /** On this device at once, on the server when it decides; resolves to the operation's id. */
  readonly transfer: (from: string, to: string, amount: number) => Promise<string>
  readonly decided: (operationId: string) => Promise<Operation>
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
    scopes: ['bank'],
    connectivity: network,
  })
  return {
    client,
    network,
    transfer: (from, to, amount) =>
      // Both sides of the guess are one transaction: what the device shows adds up at every moment.
      client.transaction(async ({ collections: { accounts } }) => {
        const { operationId } = await accounts.run.transfer(from, { to, amount })
        await accounts.run.receive(to, { amount })
        return operationId
      }),
    decided: (operationId) => client.operations.settled(operationId),
    async sync() {
      const state = await client.syncNow()
      if (state.status !== 'synced') throw new Error(`${user} is ${state.status} after a sync.`)
    },
  }
}
