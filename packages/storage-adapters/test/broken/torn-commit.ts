import { checkBatch } from '@holdfast/core/storage'
import type { Breaks } from './disk.ts'

/** Writes the two halves of a batch one after the other. */
export const tornCommit: Breaks = (database) => ({
  ...database,
  async commit(batch) {
    checkBatch(batch)
    const writes = [...batch.writes]
    const middle = Math.ceil(writes.length / 2)
    const receipt = await database.commit({ expect: batch.expect, writes: writes.slice(0, middle) })
    if (middle === writes.length) return receipt
    return database.commit({ expect: [], writes: writes.slice(middle) })
  },
})
