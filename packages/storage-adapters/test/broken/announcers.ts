import { NEVER, Subject, merge } from 'rxjs'
import type { ExternalCommit } from '@holdfast/core/storage'
import type { Breaks } from './disk.ts'

export const hearsItself: Breaks = (database) => {
  const own = new Subject<ExternalCommit>()
  return {
    ...database,
    externalCommits$: merge(database.externalCommits$, own),
    async commit(batch) {
      const keys = batch.writes.map(({ key }) => key)
      const receipt = await database.commit(batch)
      own.next({ keys })
      return receipt
    },
    async close() {
      own.complete()
      await database.close()
    },
  }
}

export const isDeaf: Breaks = (database) => ({ ...database, externalCommits$: NEVER })
