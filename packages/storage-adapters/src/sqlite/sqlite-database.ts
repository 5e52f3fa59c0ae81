import {
  checkBatch,
  checkRequests,
  type CommitBatch,
  type Database,
  type ReadRequest,
  type ReadResults,
} from '@holdfast/core/storage'
import { closed } from '../shared/refusals.ts'
import type { KnownDatabase, Neighbours } from './neighbours.ts'
import { whenDone, type Later } from './runner.ts'
import type { SqliteFile } from './sqlite-file.ts'

export interface SqliteDatabaseParts {
  readonly name: string
  readonly file: SqliteFile
  readonly database: KnownDatabase
  readonly neighbours: Neighbours
  /** Called once, when the handle closes. */
  readonly release: () => Later<unknown>
}

export const openSqliteDatabase = (parts: SqliteDatabaseParts): Database => {
  const { name, file, database, neighbours, release } = parts
  let isOpen = true
  const close = (): Later<unknown> => {
    if (!isOpen) return undefined
    isOpen = false
    member.leave()
    return release()
  }
  const closeUnasked = (): void => {
    const closing = close()
    if (closing instanceof Promise) closing.catch(() => undefined)
  }
  const member = database.room.enter(closeUnasked)
  const assertOpen = (): void => {
    if (!isOpen) throw closed(name)
  }

  return {
    externalCommits$: neighbours.listen(database, member.heard$),

    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      assertOpen()
      checkRequests(requests)
      const copy = requests.map((request) => ({ ...request }))
      // Not awaited: what is there at once is answered in this very turn.
      return file.read(database.id, copy) as Later<ReadResults<TRequests>>
    },

    async commit(batch) {
      assertOpen()
      checkBatch(batch)
      const copy = copyOf(batch)
      const { revision, isGap } = await whenDone(file.commit(database.id, copy), (made) => ({
        revision: made,
        isGap: neighbours.committed(database, made),
      }))
      if (isGap) database.room.tellAll('all')
      else if (copy.writes.length > 0) {
        member.tellOthers({ keys: copy.writes.map(({ key }) => key), revision })
      }
      return { revision }
    },

    async close() {
      const closing = close()
      if (closing instanceof Promise) await closing
    },
  }
}

/** The caller may change its arrays while the commit waits. */
const copyOf = ({ expect, writes }: CommitBatch): CommitBatch => ({
  expect: expect.map(({ key, revision }) => ({ key, revision })),
  writes: writes.map(({ key, value }) => ({ key, value })),
})
