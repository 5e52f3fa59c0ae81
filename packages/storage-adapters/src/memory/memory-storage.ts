import type { StorageAdapter } from '@holdfast/core/storage'
import { createRoom } from '../shared/room.ts'
import { openMemoryDatabase, type MemoryStore } from './memory-database.ts'
import { createSortedEntries } from './sorted-entries.ts'

/**
 * Keeps everything in the adapter object, for tests and for sessions that leave nothing behind. Handles may be
 * abandoned: the next one on the same adapter object finds what was committed, as after a crash over a disk.
 * Calls take effect when they are made, and nothing depends on time.
 */
export const memoryStorage = (): StorageAdapter => {
  const stores = new Map<string, MemoryStore>()
  return {
    name: 'memory',
    supports: { durable: false, sharedAcrossTabs: true },
    async open(name) {
      const store = stores.get(name) ?? { entries: createSortedEntries(), room: createRoom(), revision: 0 }
      stores.set(name, store)
      return openMemoryDatabase(name, store)
    },
    async destroy(name) {
      stores.get(name)?.room.clear()
      stores.delete(name)
    },
  }
}
