import type { Conflict, ConflictStrategy } from '../strategy.ts'

/** Fields that both sides changed wait for a person in `client.conflicts`; disjoint changes merge. */
export const manual = (): ConflictStrategy => ({
  name: 'manual',
  resolve: ({ fields }: Conflict) => ({ take: 'ask', fields }),
  asks: () => true,
})

/**
 * Optimistic locking: an operation on anything but the newest version of its record is not applied; both
 * sides wait for a person in `client.conflicts`. A client's own earlier operations don't count.
 */
export const optimisticVersion = (): ConflictStrategy => ({
  name: 'optimisticVersion',
  detect: 'record',
  resolve: ({ fields }: Conflict) => ({ take: 'ask', fields }),
  asks: () => true,
})
