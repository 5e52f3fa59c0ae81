import type { CommitBatch, Database, Entry, ReadRequest, ReadResults, Write } from '@holdfast/core/storage'
import { NEVER } from 'rxjs'
import type { PlantedBug } from './planted-bug.ts'
import { changingWrites, withDatabase, type Plants } from './plants.ts'

/** The operation leaves the queue when it is sent, not when it is answered. */
const forgetsAtSend = (): Plants => {
  const isSent = ({ key, value }: Write): boolean =>
    key.startsWith('queue/') && value !== undefined && value.includes('clientSeq')
  return changingWrites((write) => (isSent(write) ? { ...write, value: undefined } : write))
}

/** A page is swapped in whatever the cursor is by now. */
const ignoresCursor = (): Plants => {
  const blur = (entry: Entry): Entry => (entry.key.startsWith('cursor/') ? { ...entry, revision: 1 } : entry)
  const isEntry = (result: unknown): result is Entry =>
    typeof result === 'object' && result !== null && 'key' in result
  return withDatabase((database) => ({
    ...database,
    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      const results: readonly unknown[] = await database.read(requests)
      return results.map((result) => (isEntry(result) ? blur(result) : result)) as ReadResults<TRequests>
    },
    commit: ({ expect, writes }) =>
      database.commit({ expect: expect.filter(({ key }) => !key.startsWith('cursor/')), writes }),
  }))
}

/** The change and its operation are stored one after the other. */
const storesInTwoSteps = (): Plants => {
  const isQueue = ({ key }: Write): boolean => key.startsWith('queue/')
  const split = async (database: Database, { expect, writes }: CommitBatch) => {
    const [queue, rest] = [writes.filter(isQueue), writes.filter((write) => !isQueue(write))]
    const receipt = await database.commit({ expect, writes: rest })
    return queue.length === 0 ? receipt : database.commit({ expect: [], writes: queue })
  }
  return withDatabase((database) => ({ ...database, commit: (batch) => split(database, batch) }))
}

/** A crash in between leaves the cursor ahead of the records. */
const storesCursorFirst = (): Plants => {
  const isCursor = ({ key }: Write): boolean => key.startsWith('cursor/')
  const split = async (database: Database, { expect, writes }: CommitBatch) => {
    const [cursor, rest] = [writes.filter(isCursor), writes.filter((write) => !isCursor(write))]
    if (cursor.length === 0 || rest.length === 0) return database.commit({ expect, writes })
    await database.commit({ expect, writes: cursor })
    return database.commit({ expect: [], writes: rest })
  }
  return withDatabase((database) => ({ ...database, commit: (batch) => split(database, batch) }))
}

/** Two tabs write without looking what the other did meanwhile. */
const ignoresOtherTabs = (): Plants =>
  withDatabase((database) => ({
    ...database,
    commit: ({ writes }) => database.commit({ expect: [], writes }),
  }))

/** Some commits are reported and never made. */
const promisesTooEarly = (): Plants => {
  let commits = 0
  let last = 0
  return withDatabase((database) => ({
    ...database,
    async commit(batch) {
      commits += 1
      if (commits % 9 === 0 && last > 0) return { revision: last + 1 }
      const receipt = await database.commit(batch)
      last = receipt.revision
      return receipt
    },
  }))
}

/** A tab never hears what other tabs write. */
const isDeaf = (): Plants => withDatabase((database) => ({ ...database, externalCommits$: NEVER }))

/** Bugs of the local database, and of tabs that share it. */
export const databaseBugs: readonly PlantedBug[] = [
  { name: 'an operation leaves the queue when it is sent', plants: forgetsAtSend },
  { name: 'a page is applied to another cursor than it was asked for', plants: ignoresCursor },
  { name: 'a change and its operation are stored one after the other', plants: storesInTwoSteps },
  { name: 'commits ignore what other tabs wrote', plants: ignoresOtherTabs },
  { name: 'a write resolves and is not stored', plants: promisesTooEarly },
  { name: 'a tab does not hear of the others', plants: isDeaf },
  { name: 'a cursor is stored before its rows', plants: storesCursorFirst },
]
