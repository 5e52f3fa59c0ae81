import { hasCode } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { StoragePlace } from '@holdfast/core/testing'
import { workerStorage } from '@holdfast/storage-adapters/sqlite-worker'

const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 5))

/** Tries again while the worker before has not let go of its files, as a client does. */
const patiently = async <TResult>(run: () => Promise<TResult>): Promise<TResult> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt === 400 || !(hasCode(error, 'STORAGE_LOCKED') || error instanceof DOMException)) throw error
      await pause()
    }
  }
}

const remove = async (directory: string): Promise<void> => {
  const root = await navigator.storage.getDirectory()
  for await (const name of root.keys())
    if (name === directory) await root.removeEntry(name, { recursive: true })
}

let places = 0

/** A process is a dedicated worker. Ending it is what the end of a tab is to it: nothing of it runs any more. */
export const workerPlace = async (): Promise<StoragePlace> => {
  places += 1
  const directory = `place-${places}`
  let worker: Worker | undefined

  const start = (): StorageAdapter => {
    worker = new Worker(`/worker.js?${new URLSearchParams({ directory }).toString()}`)
    const adapter = workerStorage(worker)
    return { ...adapter, open: (name) => patiently(() => adapter.open(name)) }
  }

  return {
    adapter: start(),
    async crash() {
      worker?.terminate()
      return start()
    },
    async dispose() {
      worker?.terminate()
      await patiently(() => remove(directory))
    },
  }
}
