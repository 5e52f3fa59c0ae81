import type { Database, StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'

export type Breaks = (database: Database) => Database

/** An adapter over memory that outlives its processes as a disk does, with a fault built in. */
export const diskPlace = (breaks: Breaks) => async (): Promise<StoragePlace> => {
  const disk = memoryStorage()
  let process = { isAlive: true }
  const start = (): StorageAdapter => {
    const mine = process
    return {
      name: 'disk',
      supports: { durable: true, sharedAcrossTabs: true },
      open: async (name) => breaks(onlyWhile(mine, await disk.open(name))),
      destroy: (name) => disk.destroy(name),
    }
  }
  return {
    adapter: start(),
    async crash() {
      process.isAlive = false
      process = { isAlive: true }
      return start()
    },
    neighbour: async () => start(),
    dispose: async () => {},
  }
}

const onlyWhile = (process: { readonly isAlive: boolean }, database: Database): Database => ({
  ...database,
  commit: async (batch) => {
    if (!process.isAlive) throw new Error('This process ended.')
    return database.commit(batch)
  },
})
