import { isSyncError } from '@holdfast/core'
import type { CommitBatch, Database, ExternalCommit, ReadRequest } from '@holdfast/core/storage'
import { indexedDbStorage, type IndexedDbStorageOptions } from '@holdfast/storage-adapters/indexeddb'

/** What became of a call, in a form that leaves the page. */
export type Outcome = { readonly value: unknown } | { readonly code: string; readonly message: string }

/** A tab of an app, as the tests drive it. The page's address ends with the name of the app, which each test has its own of. */
export interface Tab {
  /** The name under which IndexedDB knows the database. */
  readonly databaseName: string
  readonly open: (options?: Partial<IndexedDbStorageOptions>) => Promise<Outcome>
  readonly commit: (batch: CommitBatch) => Promise<Outcome>
  readonly read: (requests: readonly ReadRequest[]) => Promise<Outcome>
  readonly close: () => Promise<Outcome>
  readonly destroy: (options?: Partial<IndexedDbStorageOptions>) => Promise<Outcome>
  /** What the handle heard since it was opened. */
  readonly heard: (ExternalCommit | 'complete')[]
  /** Commits as fast as it can, and calls `acknowledge` with the number of each commit that resolved. */
  readonly commitFrom: (first: number, acknowledge: (commit: number) => unknown) => Promise<void>
}

declare global {
  interface Window {
    tab: Tab
  }
}

const outcome = async (run: () => Promise<unknown>): Promise<Outcome> => {
  try {
    return { value: await run() }
  } catch (error) {
    if (isSyncError(error)) return { code: error.code, message: error.message }
    throw error
  }
}

const heard: (ExternalCommit | 'complete')[] = []
let database: Database | undefined
const handle = (): Database => {
  if (database === undefined) throw new Error('The tab has no handle; open one.')
  return database
}

const name = location.pathname.slice(1)

window.tab = {
  databaseName: `holdfast/${name}/main`,
  heard,
  open: (options) =>
    outcome(async () => {
      database = await indexedDbStorage({ name, ...options }).open('main')
      heard.length = 0
      database.externalCommits$.subscribe({
        next: (commit) => heard.push(commit),
        complete: () => heard.push('complete'),
      })
    }),
  commit: (batch) => outcome(() => handle().commit(batch)),
  read: (requests) => outcome(() => handle().read(requests)),
  close: () => outcome(() => handle().close()),
  destroy: (options) => outcome(() => indexedDbStorage({ name, ...options }).destroy('main')),
  async commitFrom(first, acknowledge) {
    for (let number = first; ; number += 1) {
      const keys = Array.from({ length: 1 + (number % 40) }, (_, index) => `n/${number}/${index}`)
      const value = `${number}`.repeat(1 + (number % 300))
      const writes = [{ key: 'last', value: `${number}` }, ...keys.map((key) => ({ key, value }))]
      await handle().commit({ expect: [], writes })
      void acknowledge(number)
    }
  },
}
