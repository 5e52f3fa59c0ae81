import type { StorageAdapter } from '@holdfast/core/storage'

/** The same data, each of whose reads and commits goes through this. */
export const callsThrough = (
  place: StorageAdapter,
  through: <TResult>(call: () => Promise<TResult>) => Promise<TResult>,
): StorageAdapter => ({
  ...place,
  async open(name) {
    const database = await place.open(name)
    return {
      ...database,
      read: (requests) => through(() => database.read(requests)),
      commit: (batch) => through(() => database.commit(batch)),
    }
  },
})
