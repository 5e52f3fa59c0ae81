import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database, StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { fileStorage } from '../../src/storage/file-storage.ts'

export interface Folder extends Disposable {
  readonly path: string
}

export const temporaryFolder = (): Folder => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-adapter-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** A folder; each process over it knows its own locks and nobody else's. */
export const filePlace = (compactAbove?: number) => async (): Promise<StoragePlace> => {
  const folder = temporaryFolder()
  const abandoned: Database[] = []
  const start = (): StorageAdapter => {
    const adapter = fileStorage({
      folder: folder.path,
      heldLocks: new Set(),
      ...(compactAbove === undefined ? {} : { compactAbove }),
    })
    return {
      ...adapter,
      async open(name) {
        const database = await adapter.open(name)
        abandoned.push(database)
        return database
      },
    }
  }
  return {
    adapter: start(),
    crash: async () => start(),
    async dispose() {
      for (const database of abandoned) await database.close()
      folder[Symbol.dispose]()
    },
  }
}
