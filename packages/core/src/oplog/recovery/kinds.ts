import type { ResetReason } from '../../base/errors.ts'

const withNumbers: ReadonlySet<ResetReason> = new Set([
  'offline_too_long',
  'tombstones_pruned',
  'schema_incompatible',
])

/** The server's history is the one that this device knows; only the device can't go on from its cursor. */
export const keepsNumbers = (reason: ResetReason): boolean => withNumbers.has(reason)
