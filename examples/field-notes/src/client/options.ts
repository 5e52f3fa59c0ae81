import type { SyncClientOptions } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { scopeOf, tokenOf, type Person } from '../shared/people.ts'
import { schema, type Collections } from '../shared/schema.ts'
import { databaseOf, type Device } from './device.ts'

/** The same for the page and for the service worker: then only one of them syncs at a time. */
export const optionsFor = (device: Device, person: Person): SyncClientOptions<Collections> => ({
  schema,
  user: person.id,
  storage: indexedDbStorage({ name: databaseOf(device) }),
  transport: trpcTransport({
    url: '/sync',
    path: '',
    headers: () => ({ authorization: `Bearer ${tokenOf(person.id)}` }),
    live: sseLive,
  }),
  scopes: [scopeOf(person)],
  tabs: oneTabSyncs(),
})
