import { SyncError } from '@holdfast/core'
import type { ServerSide } from '@holdfast/server'
import { markType, markUndone, type EntryRecord, type Mark } from './entries.ts'
import { recordSettled, type RingOptions } from './record-settled.ts'

/** What the router takes of it. Needs nothing of the database: entries are records like any others. */
export const journalOnServer = (options: RingOptions): ServerSide => ({
  beforeApply: {
    // What others refuse was not settled.
    order: 'last',
    async handler(application) {
      const { collection, recordId, type } = application.operation
      if (collection !== options.collection) return recordSettled(application, options)
      if (type === markType) return
      const message = 'Only the journal itself writes its entries.'
      throw new SyncError('FORBIDDEN_OR_MISSING', message, { collection, recordId })
    },
  },
  operations: {
    [options.collection]: {
      [markType]: ({ record, input, user, now }) =>
        markUndone(record as unknown as EntryRecord, { ...(input as Mark), by: user, at: now }),
    },
  },
})
