import { SyncError, type PluginCollection, type PluginContext } from '@holdfast/core'
import { map, type Observable } from 'rxjs'
import { leasesOf } from './guarded.ts'
import type { Guarded } from './lease.ts'
import { leaseId } from './lease-id.ts'

/** Where the lease of a record is kept. */
export interface LeasePlace {
  readonly scope: string
  readonly record: string
  readonly id: string
  /** The collection that keeps it, and its name. */
  readonly leases: PluginCollection
  readonly name: string
}

export interface LeasePlaces {
  /** @throws SyncError INVALID where the collection is not guarded */
  readonly within: (scope: string, collection: string, recordId: string) => LeasePlace
  /** Where the record is now; undefined where this device does not know it, and has several scopes. */
  readonly find: (collection: string, recordId: string) => Promise<LeasePlace | undefined>
  /** @throws SyncError NOT_FOUND where `find` finds none */
  readonly locate: (collection: string, recordId: string) => Promise<LeasePlace>
  /** Where it is now, then wherever it goes. */
  readonly watch: (collection: string, recordId: string) => Observable<LeasePlace | undefined>
}

export const createPlaces = ({ client }: PluginContext, guarded: Guarded): LeasePlaces => {
  const within: LeasePlaces['within'] = (scope, collection, record) => {
    const leases = leasesOf(client(), guarded, collection)
    return { scope, record, id: leaseId(scope, record), leases, name: guarded[collection] ?? '' }
  }
  const find: LeasePlaces['find'] = async (collection, recordId) => {
    const scope = await client().scopeOf(collection, recordId)
    return scope === undefined ? undefined : within(scope, collection, recordId)
  }
  return {
    within,
    find,
    async locate(collection, recordId) {
      const place = await find(collection, recordId)
      if (place !== undefined) return place
      const message = `There is no record "${recordId}" in ${collection} that could have a lease.`
      throw new SyncError('NOT_FOUND', message, { collection, recordId })
    },
    watch: (collection, recordId) =>
      client()
        .scopeOf$(collection, recordId)
        .pipe(map((scope) => (scope === undefined ? undefined : within(scope, collection, recordId)))),
  }
}
