import {
  checkBatch,
  checkRequests,
  type Database,
  type ReadRequest,
  type ReadResults,
} from '@holdfast/core/storage'
import { closed } from '../shared/refusals.ts'
import type { KnownDatabase, Neighbours } from './neighbours.ts'
import type { SqliteFile } from './sqlite-file.ts'

export interface SqliteDatabaseParts {
  readonly name: string
  readonly file: SqliteFile
  readonly database: KnownDatabase
  readonly neighbours: Neighbours
  /** Called once, when the handle closes. */
  readonly release: () => void
}

export const openSqliteDatabase = (parts: SqliteDatabaseParts): Database => {
  const { name, file, database, neighbours, release } = parts
  let isOpen = true
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    member.leave()
    release()
  }
  const member = database.room.enter(close)
  const assertOpen = (): void => {
    if (!isOpen) throw closed(name)
  }

  return {
    externalCommits$: neighbours.listen(database, member.heard$),

    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      assertOpen()
      checkRequests(requests)
      return file.read(database.id, requests) as ReadResults<TRequests>
    },

    async commit(batch) {
      assertOpen()
      checkBatch(batch)
      const keys = batch.writes.map(({ key }) => key)
      const revision = file.commit(database.id, batch)
      const isGap = neighbours.committed(database, revision)
      await Promise.resolve()
      if (isGap) database.room.tellAll('all')
      else if (keys.length > 0) member.tellOthers({ keys, revision })
      return { revision }
    },

    async close() {
      close()
    },
  }
}
