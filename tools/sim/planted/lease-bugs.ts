import { SyncError } from '@holdfast/core'
import { leaseId } from '@holdfast/plugins/single-writer'
import { guarded } from '../world/guarded-schema.ts'
import type { PlantedBug } from './planted-bug.ts'
import { nothingPlanted, type Plants } from './plants.ts'

const leasesOf: Readonly<Record<string, string>> = guarded

/** Who holds a lease may write, under whatever number it was made. */
const looksAtUserOnly = (): Plants => ({
  ...nothingPlanted,
  leases: ({ server, ...plugin }) => ({
    ...plugin,
    server: {
      start: () => undefined,
      beforeApply: () => undefined,
      operations: {},
      ...server,
      async beforeJudge({ scope, operation, before, userId, now, records }) {
        const leases = leasesOf[operation.collection]
        if (leases === undefined) return
        const lease = (await records.get(leases, leaseId(scope, operation.recordId))) as
          | { readonly holder: string | null; readonly until: number }
          | undefined
        const holder = lease !== undefined && lease.until > now ? lease.holder : null
        if (holder === userId || (holder === null && before === undefined && operation.type === 'create'))
          return
        throw new SyncError('LEASE_LOST', 'Somebody else edits it.', holder === null ? {} : { holder })
      },
    },
  }),
})

/** Whoever knows the number and the grant may write, from whatever device. */
const looksAtNoDevice = (): Plants => ({
  ...nothingPlanted,
  leases: ({ server, ...plugin }) => ({
    ...plugin,
    ...(server && {
      server: {
        ...server,
        async beforeJudge(write) {
          const { operation, scope, records } = write
          const leases = leasesOf[operation.collection]
          const id = leaseId(scope, operation.recordId)
          const lease = (leases && (await records.get(leases, id))) as { readonly device: string } | undefined
          await server.beforeJudge({ ...write, clientId: lease?.device ?? write.clientId })
        },
      },
    }),
  }),
})

/** Bugs of those who look after leases. */
export const leaseBugs: readonly PlantedBug[] = [
  {
    name: 'a lease without fencing',
    plants: looksAtUserOnly,
    changes: {
      leases: true,
      sharedUser: true,
      sharedRecords: 1,
      scopes: 1,
      devices: 3,
      weights: { lease: 90, offline: 10, partition: 10 },
    },
  },
  {
    name: 'a lease that a copy goes on with',
    plants: looksAtNoDevice,
    changes: {
      leases: true,
      copies: true,
      upgrades: false,
      lifetimes: false,
      sharedUser: true,
      sharedRecords: 1,
      scopes: 1,
      devices: 2,
      weights: { lease: 120, clone: 12, rewind: 6, offline: 10, partition: 10 },
    },
  },
]
