import { checkBatch } from '@holdfast/core/storage'
import type { Breaks } from './disk.ts'

/** Answers at once and writes when there is time. */
export const writesBehind: Breaks = (database) => {
  let revision = 0
  return {
    ...database,
    async commit(batch) {
      checkBatch(batch)
      setTimeout(() => {
        database.commit(batch).catch(() => undefined)
      }, 5)
      revision += 1
      return { revision }
    },
  }
}
