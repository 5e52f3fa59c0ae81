import { Subject } from 'rxjs'
import { SyncError } from '@holdfast/core'
import {
  checkBatch,
  checkRequests,
  scanRange,
  type Database,
  type ExternalCommit,
  type ReadRequest,
  type ReadResults,
} from '@holdfast/core/storage'
import type { Store } from './open-store.ts'

/** The handles of this process on one database; each hears what the others commit. */
export type Handles = Set<Subject<ExternalCommit>>

/** `onClosed` is called once. */
export const openFileDatabase = (
  name: string,
  { store, handles }: { readonly store: Store; readonly handles: Handles },
  onClosed: () => void,
): Database => {
  const heard = new Subject<ExternalCommit>()
  handles.add(heard)

  const assertOpen = (): void => {
    if (handles.has(heard)) return
    throw new SyncError('CLOSED', `This handle on the database ${name} is closed; open it again.`, {})
  }

  const answer = (request: ReadRequest) => {
    if ('get' in request) return store.entries.get(request.get)
    const { from, to } = scanRange(request)
    return store.entries.range(from, to, request.limit ?? Infinity, request.reverse ?? false)
  }

  return {
    externalCommits$: heard.asObservable(),

    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      assertOpen()
      checkRequests(requests)
      return requests.map(answer) as ReadResults<TRequests>
    },

    async commit(batch) {
      assertOpen()
      checkBatch(batch)
      const keys = batch.writes.map(({ key }) => key)
      const revision = store.commit(batch)
      for (const other of [...handles]) {
        if (other !== heard && keys.length > 0) other.next({ keys, revision })
      }
      return { revision }
    },

    async close() {
      if (!handles.delete(heard)) return
      heard.complete()
      onClosed()
    },
  }
}
