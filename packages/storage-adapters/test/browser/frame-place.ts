import type { StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { indexedDbStorage, type IndexedDbStorageOptions } from '@holdfast/storage-adapters/indexeddb'

import type { Breaks } from '../broken/disk.ts'

export type Frame = Window & typeof globalThis

export interface FramePlaceOptions extends Partial<Omit<IndexedDbStorageOptions, 'name'>> {
  /** Changes what a frame offers before anything is opened in it. */
  readonly prepare?: (frame: Frame) => void
  /** A fault built into every handle. */
  readonly breaks?: Breaks
}

let places = 0

/**
 * A process is a frame of its own. Removing it is what the end of a tab is to IndexedDB: the browser closes its
 * connections and aborts its transactions, and no callback of it is ever called again.
 */
export const framePlace =
  ({ prepare, breaks, ...options }: FramePlaceOptions = {}) =>
  async (): Promise<StoragePlace> => {
    places += 1
    const name = `place ${places}`
    const frames = new Set<HTMLIFrameElement>()

    const start = (): StorageAdapter => {
      const element = document.createElement('iframe')
      document.body.append(element)
      frames.add(element)
      const frame = element.contentWindow as Frame
      prepare?.(frame)
      const adapter = indexedDbStorage({
        durability: 'relaxed',
        pollEvery: 10,
        browser: frame,
        ...options,
        name,
      })
      if (breaks === undefined) return adapter
      return { ...adapter, open: async (database) => breaks(await adapter.open(database)) }
    }
    const removeFrames = (): void => {
      for (const element of frames) element.remove()
      frames.clear()
    }

    return {
      adapter: start(),
      async crash() {
        removeFrames()
        return start()
      },
      neighbour: async () => start(),
      async dispose() {
        removeFrames()
        await removeDatabases(`holdfast/${encodeURIComponent(name)}/`)
      },
    }
  }

const removeDatabases = async (prefix: string): Promise<void> => {
  const databases = await indexedDB.databases()
  const names = databases.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name] : []))
  await Promise.all(
    names.map(
      (name) =>
        new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name)
          request.addEventListener('success', resolve)
          request.addEventListener('error', () => reject(new Error(`${name} could not be removed.`)))
        }),
    ),
  )
}
