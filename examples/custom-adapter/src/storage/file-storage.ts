import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { SyncError } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { openFileDatabase, type Handles } from './file-database.ts'
import { takeLock, type HeldLocks } from './lock.ts'
import { openStore, type Store } from './open-store.ts'

export interface FileStorageOptions {
  /** Made where it is missing. On a disk of this machine: locks do not work over a network. */
  readonly folder: string
  /** A file is written anew, without what was overwritten, once it has doubled and is above this. Default 1 MB. */
  readonly compactAbove?: number
  /** Only for tests that let several processes live in one. */
  readonly heldLocks?: HeldLocks
}

const locksOfThisProcess: HeldLocks = new Set()

interface OpenDatabase {
  readonly store: Store
  readonly handles: Handles
  readonly unlock: () => void
}

/** Keeps each database in one file of lines, for one process at a time. */
export const fileStorage = (options: FileStorageOptions): StorageAdapter => {
  const { folder, compactAbove = 1_000_000, heldLocks = locksOfThisProcess } = options
  const opened = new Map<string, OpenDatabase>()

  /** A name may hold what no file name may, and differ from another one in nothing but case. */
  const pathOf = (name: string): string => {
    fs.mkdirSync(folder, { recursive: true })
    return join(folder, createHash('sha256').update(name).digest('hex').slice(0, 32))
  }

  const load = (name: string): OpenDatabase => {
    const path = pathOf(name)
    const unlock = takeLock(path, name, heldLocks)
    try {
      return { store: openStore(`${path}.log`, name, compactAbove), handles: new Set(), unlock }
    } catch (error) {
      unlock()
      throw error
    }
  }

  return {
    name: 'file',
    supports: { durable: true, sharedAcrossTabs: false },

    async open(name) {
      const database = opened.get(name) ?? load(name)
      opened.set(name, database)
      return openFileDatabase(name, database, () => {
        if (database.handles.size > 0) return
        opened.delete(name)
        try {
          database.store.close()
        } finally {
          database.unlock()
        }
      })
    },

    async destroy(name) {
      if (opened.has(name)) {
        throw new SyncError('STORAGE_LOCKED', `The database ${name} is open; close it first.`, { name })
      }
      const path = pathOf(name)
      const unlock = takeLock(path, name, heldLocks)
      for (const file of [`${path}.log`, `${path}.log.new`]) fs.rmSync(file, { force: true })
      unlock()
    },
  }
}
