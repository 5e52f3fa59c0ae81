import type { CommitBatch, ReadRequest, StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'

export interface CountedStorage extends StorageAdapter {
  /** Every commit that succeeded, in order. */
  readonly commits: readonly CommitBatch[]
  /** What every read asked for, in order. */
  readonly reads: readonly (readonly ReadRequest[])[]
  /** Called before each commit; what it throws, the commit throws. */
  refuse: (batch: CommitBatch) => void
}

/** Memory that tells what was committed, and can be told to fail. */
export const countedStorage = (): CountedStorage => {
  const commits: CommitBatch[] = []
  const reads: (readonly ReadRequest[])[] = []
  const inner = memoryStorage()
  const storage: CountedStorage = {
    ...inner,
    commits,
    reads,
    refuse: () => undefined,
    async open(name) {
      const database = await inner.open(name)
      return {
        ...database,
        read(requests) {
          reads.push(requests)
          return database.read(requests)
        },
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
