import type { CommitBatch, StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'

type Log = readonly { readonly name: string; readonly writes: CommitBatch['writes'] }[]

/** Right in every way while the process lives, but what reached the disk is a little older than what resolved. */
export const resolvesEarly = async (): Promise<StoragePlace> => {
  let disk: Log = []
  let process = { isAlive: true }

  const start = async (): Promise<StorageAdapter> => {
    const mine = process
    const cache = memoryStorage()
    for (const { name, writes } of disk) {
      const database = await cache.open(name)
      await database.commit({ expect: [], writes })
      await database.close()
    }
    return {
      name: 'early',
      supports: { durable: true, sharedAcrossTabs: true },
      async destroy(name) {
        await cache.destroy(name)
        disk = disk.filter((commit) => commit.name !== name)
      },
      async open(name) {
        const database = await cache.open(name)
        return {
          ...database,
          async commit(batch) {
            const writes = [...batch.writes]
            const receipt = await database.commit(batch)
            setTimeout(() => {
              if (mine.isAlive) disk = [...disk, { name, writes }]
            }, 1)
            return receipt
          },
        }
      },
    }
  }

  const adapter = await start()
  return {
    adapter,
    async crash() {
      process.isAlive = false
      process = { isAlive: true }
      return start()
    },
    neighbour: async () => adapter,
    dispose: async () => {},
  }
}
