import { SyncError } from '@holdfast/core'

/** An open transaction of somebody else has the row of a record. Passes by itself. */
export class HeldError extends SyncError<'SERVER_FAILED'> {
  constructor() {
    super('SERVER_FAILED', 'Somebody is writing the row of this record; it is tried again.', {})
  }
}
