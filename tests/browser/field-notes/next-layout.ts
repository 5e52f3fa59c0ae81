import {
  hasLayout,
  createLayout as createFirst,
  layoutVersion as first,
} from '../../../packages/storage-adapters/src/indexeddb/layout.ts'

/** The layout of an IndexedDB database as a later release may have it: one that the release before can't read. */
export {
  entryStore,
  getEntry,
  getHead,
  hasLayout,
  hasReceipt,
  headAfterCommit,
  headStore,
  putHead,
} from '../../../packages/storage-adapters/src/indexeddb/layout.ts'

export const layoutVersion: number = first + 1

export const createLayout: typeof createFirst = (database, id) => {
  if (!hasLayout(database)) createFirst(database, id)
  database.createObjectStore('of the next layout')
}
