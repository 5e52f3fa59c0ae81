import type { SyncError } from '@holdfast/core'

/** Undoes the whole transaction because of one operation, which waits for `told` once it stands alone. */
export class GivenUp extends Error {
  readonly told: SyncError

  constructor(told: SyncError) {
    super(told.message, { cause: told })
    this.told = told
  }
}
