import type { ConflictStrategy } from '@holdfast/core'

/**
 * The operation that arrives later wins every disputed field, whatever the clocks say. For data that only one
 * person edits, on several devices.
 */
export const clientWins = (): ConflictStrategy => ({
  name: 'clientWins',
  resolve: () => ({ take: 'local' }),
})
