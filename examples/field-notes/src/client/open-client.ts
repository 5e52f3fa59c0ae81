import { createSyncClient, type SyncClient } from '@holdfast/core'
import { backgroundSync } from '@holdfast/core/service-worker'
import { localBirths, persistStorage } from '@holdfast/core/storage-health'
import type { Person } from '../shared/people.ts'
import type { Collections } from '../shared/schema.ts'
import { databaseOf, tagOf, type Device } from './device.ts'
import type { Network } from './network.ts'
import { optionsFor } from './options.ts'

export type Client = SyncClient<Collections>

export interface Opening {
  readonly device: Device
  readonly person: Person
  readonly network: Network
  readonly onLocalDataLost: () => void
}

export const openClient = async ({ device, person, network, onLocalDataLost }: Opening): Promise<Client> => {
  const client = await createSyncClient({
    ...optionsFor(device, person),
    connectivity: network,
    births: localBirths({ name: databaseOf(device) }),
    onLocalDataLost,
  })
  // Neither is needed for the app to work: the one makes eviction unlikely, the other delivers what a closed page left.
  persistStorage().catch(() => undefined)
  backgroundSync(client, { tag: tagOf(device) }).catch(() => undefined)
  return client
}
