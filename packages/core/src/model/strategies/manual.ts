import type { Conflict, ConflictStrategy } from '../strategy.ts'

/** Fields that both sides changed wait for a person in `client.conflicts`; disjoint changes merge. */
export const manual = (): ConflictStrategy => ({
  name: 'manual',
  perField: true,
  ignoresTime: true,
  resolve: ({ fields }: Conflict) => ({ take: 'ask', fields }),
  asks: () => true,
})

export interface OptimisticVersionOptions {
  /**
   * What becomes of an operation on an older version. `ask` (the default): both sides wait for a person in
   * `client.conflicts`. `retry`: it is tried again on the newest version, where it takes effect: named operations are
   * replayed there, plain values overwrite. `reject`: it is a dead letter, CONFLICT, to be looked at and retried.
   */
  readonly onConflict?: 'ask' | 'retry' | 'reject'
}

/**
 * Optimistic locking: an operation on anything but the newest version of its record is not applied as it is. A client's
 * own earlier operations don't count.
 */
export const optimisticVersion = ({
  onConflict = 'ask',
}: OptimisticVersionOptions = {}): ConflictStrategy => ({
  name: 'optimisticVersion',
  detect: 'record',
  perField: true,
  ignoresTime: true,
  resolve({ fields }: Conflict) {
    switch (onConflict) {
      case 'ask':
        return { take: 'ask', fields }
      case 'retry':
        return { take: 'local' }
      case 'reject':
        return { take: 'reject', code: 'CONFLICT' }
    }
  },
  asks: () => onConflict === 'ask',
})
