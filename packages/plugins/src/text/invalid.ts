import { SyncError } from '@holdfast/core'

export const invalid = (reason: string, cause?: unknown): SyncError<'INVALID'> =>
  new SyncError('INVALID', `A text can't be changed by this: ${reason}.`, { reason }, { cause })

export const missing = (reason: string): SyncError<'MISSING_DEPENDENCY'> =>
  new SyncError('MISSING_DEPENDENCY', `The text has gone another way: ${reason}.`, {})
