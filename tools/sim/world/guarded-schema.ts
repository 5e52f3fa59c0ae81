import { collection, optimisticVersion } from '@holdfast/core'
import { leases } from '@holdfast/plugins/single-writer'
import { z } from 'zod'

/** What one device at a time may write, and who that is. Forms go from scope to scope. */
export const guardedCollections = {
  forms: collection({
    scope: ({ team }) => team,
    fields: z.object({ id: z.string(), team: z.string(), title: z.string(), body: z.string() }),
    conflict: optimisticVersion({ onConflict: 'reject' }),
    deletes: 'deleteWins',
  }),
  formLeases: leases(),
}

export type GuardedName = keyof typeof guardedCollections

/** Lease collections by what they guard. */
export const guarded = { forms: 'formLeases' } as const
