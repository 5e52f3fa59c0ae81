import { SyncError, isSyncError, reasonOf } from './errors.ts'

/** Whatever a bug of ours throws must not pass for a passing failure. */
export const toSyncError = (error: unknown): SyncError =>
  isSyncError(error)
    ? error
    : new SyncError(
        'STORAGE_FAILED',
        `Sync failed unexpectedly: ${reasonOf(error)}`,
        { reason: reasonOf(error) },
        { cause: error },
      )
