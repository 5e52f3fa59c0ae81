import { map } from 'rxjs'
import type { CommitBatch, ReadRequest, StorageAdapter } from '@holdfast/core/storage'

export interface Bends {
  /** Called before each read and commit; what they throw or wait for, the call does. */
  readonly read?: (requests: readonly ReadRequest[]) => void | Promise<void>
  readonly commit?: (batch: CommitBatch) => void | Promise<void>
  /** True: other handles' commits are told of without their keys, as a database without notifications does. */
  readonly untold?: boolean
}

/** The same data, through handles that a test can make slow, failing or vague. */
export const bent = (storage: StorageAdapter, { read, commit, untold = false }: Bends): StorageAdapter => ({
  ...storage,
  async open(name) {
    const database = await storage.open(name)
    return {
      ...database,
      externalCommits$: untold
        ? database.externalCommits$.pipe(map(() => 'all' as const))
        : database.externalCommits$,
      async read(requests) {
        await read?.(requests)
        return database.read(requests)
      },
      async commit(batch) {
        await commit?.(batch)
        return database.commit(batch)
      },
    }
  },
})
