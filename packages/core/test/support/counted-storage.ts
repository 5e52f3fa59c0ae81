import type { CommitBatch, StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'

export interface CountedStorage extends StorageAdapter {
  /** Every commit that succeeded, in order. */
  readonly commits: readonly CommitBatch[]
  /** Called before each commit; what it throws, the commit throws. */
  refuse: (batch: CommitBatch) => void
}

/** Memory that tells what was committed, and can be told to fail. */
export const countedStorage = (): CountedStorage => {
  const commits: CommitBatch[] = []
  const inner = memoryStorage()
  const storage: CountedStorage = {
    ...inner,
    commits,
    refuse: () => undefined,
    async open(name) {
      const database = await inner.open(name)
      return {
        ...database,
        async commit(batch) {
          storage.refuse(batch)
          const receipt = await database.commit(batch)
          commits.push(batch)
          return receipt
        },
      }
    },
  }
  return storage
}
