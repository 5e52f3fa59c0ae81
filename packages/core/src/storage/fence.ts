import { SyncError, hasCode } from '../base/errors.ts'
import type { CommitBatch, Database, ReadRequest, ReadResults } from './contract.ts'

/** A database that newer code may have taken over: whoever is behind the fence notices before anything else. */
export interface Fence extends Pick<Database, 'read' | 'commit'> {
  readonly key: string
}

const takenOver = (): SyncError<'UPGRADE_REQUIRED'> =>
  new SyncError(
    'UPGRADE_REQUIRED',
    'A newer version of this app has taken over the local data; reload it. Nothing was changed here.',
    { side: 'client', supported: [] },
  )

/**
 * Reads and commits that fail once the entry is another one.
 * @throws SyncError UPGRADE_REQUIRED where it is another one already
 */
export const createFence = async (database: Database, key: string, value: string): Promise<Fence> => {
  const [stored] = await database.read([{ get: key }])
  if (stored !== undefined && stored.value !== value) throw takenOver()
  const revision = stored?.revision ?? 0
  const own = { get: key }

  const look = async (): Promise<void> => {
    const [now] = await database.read([{ get: key }])
    if ((now?.revision ?? 0) !== revision) throw takenOver()
  }

  return {
    key,
    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      const results = await database.read([...requests, own])
      const now = results.at(-1) as { readonly revision: number } | undefined
      if ((now?.revision ?? 0) !== revision) throw takenOver()
      return results.slice(0, -1) as unknown as ReadResults<TRequests>
    },
    async commit(batch: CommitBatch) {
      try {
        return await database.commit({ ...batch, expect: [...batch.expect, { key, revision }] })
      } catch (error) {
        if (hasCode(error, 'STORAGE_CONFLICT')) await look()
        throw error
      }
    },
  }
}
