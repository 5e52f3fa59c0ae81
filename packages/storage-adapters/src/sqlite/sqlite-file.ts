import { scanRange, type CommitBatch, type Entry, type ReadRequest } from '@holdfast/core/storage'
import { closed, conflict } from '../shared/refusals.ts'
import { checksumOf, toColumn, toEntry, type EntryRow } from './column.ts'
import type { SqliteConnection } from './driver.ts'
import { toSyncError, type FailurePlace } from './failures.ts'
import { prepareStatements } from './statements.ts'

/** One open file with all its databases. Every call is synchronous, and whole or not at all. */
export interface SqliteFile {
  /** The id of the database called `name`, which is made where it is missing. */
  enter(name: string): number
  read(id: number, requests: readonly ReadRequest[]): readonly (Entry | undefined | readonly Entry[])[]
  /** Answers with the new revision. */
  commit(id: number, batch: CommitBatch): number
  /** Undefined where another process destroyed the database. */
  revisionOf(id: number): number | undefined
  destroy(name: string): void
  close(): void
}

export const createSqliteFile = (connection: SqliteConnection, place: FailurePlace): SqliteFile => {
  const statements = prepareStatements(connection)

  const attempt = <TResult>(run: () => TResult): TResult => {
    try {
      return run()
    } catch (error) {
      throw toSyncError(error, place)
    }
  }

  const transaction = <TResult>(begin: 'read' | 'write', run: () => TResult): TResult =>
    attempt(() => {
      statements[begin].run()
      try {
        const result = run()
        statements.commit.run()
        return result
      } catch (error) {
        rollBack()
        throw error
      }
    })

  /** SQLite itself rolls back after some failures, and then there is nothing left to do. */
  const rollBack = (): void => {
    try {
      statements.rollback.run()
    } catch {
      return
    }
  }

  const answer = (id: number, request: ReadRequest): Entry | undefined | readonly Entry[] => {
    if ('get' in request) {
      const row = statements.get.get(id, request.get) as EntryRow | undefined
      return row === undefined ? undefined : toEntry(row, place.filename)
    }
    const { from, to } = scanRange(request)
    const scan = request.reverse === true ? statements.scanDown : statements.scanUp
    const rows = scan.all(id, from, to, request.limit ?? -1) as readonly EntryRow[]
    return rows.map((row) => toEntry(row, place.filename))
  }

  const revisionOf = (id: number): number | undefined =>
    (statements.revision.get(id) as { readonly revision: number } | undefined)?.revision

  const idOf = (name: string): number | undefined =>
    (statements.find.get(name) as { readonly id: number } | undefined)?.id

  return {
    enter: (name) =>
      attempt(() => idOf(name)) ??
      transaction('write', () => {
        statements.enter.run(name)
        return idOf(name) ?? 0
      }),

    read: (id, requests) => {
      const answers = (): (Entry | undefined | readonly Entry[])[] =>
        requests.map((request) => answer(id, request))
      return requests.length > 1 ? transaction('read', answers) : attempt(answers)
    },

    commit: (id, { expect, writes }) =>
      transaction('write', () => {
        for (const { key, revision } of expect) {
          const row = statements.keyRevision.get(id, key) as { readonly revision: number } | undefined
          if ((row?.revision ?? 0) !== revision) throw conflict(key)
        }
        const raised = statements.raise.get(id) as { readonly revision: number } | undefined
        if (raised === undefined) throw closed(place.filename)
        const { revision } = raised
        for (const { key, value } of writes) {
          if (value === undefined) statements.remove.run(id, key)
          else statements.put.run(id, key, toColumn(value), revision, checksumOf({ key, value, revision }))
        }
        return revision
      }),

    revisionOf: (id) => attempt(() => revisionOf(id)),

    destroy(name) {
      transaction('write', () => {
        const id = idOf(name)
        if (id === undefined) return
        statements.removeAll.run(id)
        statements.leave.run(id)
      })
      attempt(() => statements.truncateLog.get())
    },

    close: () => attempt(() => connection.close()),
  }
}
