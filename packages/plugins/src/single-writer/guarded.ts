import { SyncError, type PluginClient, type PluginCollection } from '@holdfast/core'
import type { Guarded } from './lease.ts'

/**
 * The leases of a collection.
 * @throws SyncError INVALID where it is not guarded, MISCONFIGURED where the schema lacks its leases
 */
export const leasesOf = (client: PluginClient, guarded: Guarded, collection: string): PluginCollection => {
  const name = Object.hasOwn(guarded, collection) ? guarded[collection] : undefined
  if (name === undefined) {
    const reason = 'name it in the collections of singleWriter'
    throw new SyncError('INVALID', `There are no leases for "${collection}": ${reason}.`, { reason })
  }
  const leases = client.collections[name]
  if (leases !== undefined) return leases
  throw new SyncError(
    'MISCONFIGURED',
    `The schema has no collection "${name}" for the leases of "${collection}".`,
    { option: `schema.collections.${name}` },
  )
}
