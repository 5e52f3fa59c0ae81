import { Subject, type Observable } from 'rxjs'
import { SyncError, hasCode } from '../base/errors.ts'
import { createLane } from '../base/lane.ts'
import type { CommitBatch, Database, Entry, ReadRequest, ReadResults } from './contract.ts'
import { createFence, type Fence } from './fence.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

/** What changed in the store: by this tab with the values, by others with the keys alone, or anything. */
export type StoreChange =
  | { readonly kind: 'own'; readonly entries: readonly ChangedEntry[] }
  | { readonly kind: 'external'; readonly keys: readonly string[]; readonly revision?: number | undefined }
  | { readonly kind: 'all' }

export interface ChangedEntry {
  readonly key: string
  /** Undefined: removed. */
  readonly value: string | undefined
  readonly revision: number
}

/** A tab's access to the user's database. */
export interface Store {
  readonly read: <const TRequests extends readonly ReadRequest[]>(
    requests: TRequests,
  ) => Promise<ReadResults<TRequests>>
  readonly get: (key: string) => Promise<Entry | undefined>
  /**
   * Reads, decides and commits in one step: `build` runs again on fresh reads for as long as somebody else
   * commits in between. Updates of one tab run one after the other.
   * @throws whatever `build` throws, or the commit's SyncError
   */
  readonly update: <TResult>(build: (workspace: Workspace) => Promise<TResult>) => Promise<TResult>
  readonly changes$: Observable<StoreChange>
  /**
   * From here on nothing is read or written unless this entry is as it is now, and it must be this value or absent.
   * @throws SyncError UPGRADE_REQUIRED, as everything does from then on
   */
  readonly fence: (key: string, value: string) => Promise<void>
  readonly close: () => Promise<void>
}

const mostAttempts = 200

export const createStore = (database: Database): Store => {
  const changes$ = new Subject<StoreChange>()
  const lane = createLane()
  let fence: Fence | undefined

  const read: Store['read'] = (requests) =>
    fence === undefined ? database.read(requests) : fence.read(requests)

  const commit = async (batch: CommitBatch): Promise<{ readonly revision: number }> =>
    fence === undefined ? database.commit(batch) : fence.commit(batch)

  const external = database.externalCommits$.subscribe({
    next: (commit) => {
      // Whoever runs finds out by reading that newer code has taken over.
      const isTold = commit !== 'all' && !(fence !== undefined && commit.keys.includes(fence.key))
      changes$.next(isTold ? { kind: 'external', ...commit } : { kind: 'all' })
    },
    // Not by `close` below: somebody removed the database. Whoever reads it now is told so.
    complete: () => changes$.next({ kind: 'all' }),
  })

  const attempt = async <TResult>(build: (workspace: Workspace) => Promise<TResult>): Promise<TResult> => {
    for (let count = 1; ; count += 1) {
      const workspace = createWorkspace(read)
      const result = await build(workspace)
      const batch = workspace.toBatch()
      if (batch.writes.length === 0) return result
      try {
        const { revision } = await commit(batch)
        changes$.next({ kind: 'own', entries: batch.writes.map((write) => ({ ...write, revision })) })
        return result
      } catch (error) {
        if (!hasCode(error, 'STORAGE_CONFLICT')) throw error
        if (count >= mostAttempts) {
          throw new SyncError(
            'STORAGE_LOCKED',
            'Other tabs write without a pause; nothing was written. Try again.',
            {},
            {
              cause: error,
            },
          )
        }
      }
    }
  }

  return {
    read,
    get: async (key) => (await read([{ get: key }]))[0],
    update(build) {
      return lane(() => attempt(build))
    },
    changes$,
    async fence(key, value) {
      fence = await createFence(database, key, value)
    },
    async close() {
      external.unsubscribe()
      await lane(async () => undefined)
      changes$.complete()
      await database.close()
    },
  }
}
