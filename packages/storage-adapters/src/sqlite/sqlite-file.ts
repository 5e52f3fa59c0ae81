import { scanRange, type CommitBatch, type Entry, type ReadRequest } from '@holdfast/core/storage'
import { closed, conflict } from '../shared/refusals.ts'
import type { Column, EntryRow } from './column.ts'
import { toSyncError, type FailurePlace } from './failures.ts'
import { all, call, first, run, transaction, type Call, type Program } from './program.ts'
import type { Later, Runner } from './runner.ts'
import { statements } from './statements.ts'

type Answers = readonly (Entry | undefined | readonly Entry[])[]

/** One open file with all its databases. Every call is whole or not at all, and done at once where SQLite answers so. */
export interface SqliteFile {
  /** The id of the database called `name`, which is made where it is missing. */
  enter(name: string): Later<number>
  read(id: number, requests: readonly ReadRequest[]): Later<Answers>
  /** Answers with the new revision. */
  commit(id: number, batch: CommitBatch): Later<number>
  /** Undefined where another process destroyed the database. */
  revisionOf(id: number): Later<number | undefined>
  destroy(name: string): Later<void>
  close(): Later<unknown>
}

export interface SqliteFileParts {
  readonly runner: Runner
  readonly column: Column
  readonly place: FailurePlace
}

function* idOf(name: string): Program<number | undefined> {
  return (yield* first<{ readonly id: number }>(statements.find, name))?.id
}

function* revisionOf(id: number): Program<number | undefined> {
  return (yield* first<{ readonly revision: number }>(statements.revision, id))?.revision
}

function* entering(name: string): Program<number> {
  yield* run([call(statements.enter, name)])
  return (yield* idOf(name)) ?? 0
}

export const createSqliteFile = ({ runner, column, place }: SqliteFileParts): SqliteFile => {
  const fail = (error: unknown): Promise<never> => {
    const failure = toSyncError(error, place)
    if (failure instanceof Promise) return failure.then((made) => Promise.reject(made))
    throw failure
  }

  const attempt = <TResult>(task: () => Later<TResult>): Later<TResult> => {
    try {
      const result = task()
      return result instanceof Promise ? result.catch(fail) : result
    } catch (error) {
      return fail(error)
    }
  }

  const perform = <TResult>(program: () => Program<TResult>): Later<TResult> =>
    attempt(() => runner.run(program))

  function* answer(id: number, request: ReadRequest): Program<Entry | undefined | readonly Entry[]> {
    if ('get' in request) {
      const row = yield* first<EntryRow>(statements.get, id, request.get)
      return row === undefined ? undefined : column.toEntry(row)
    }
    const { from, to } = scanRange(request)
    const scan = request.reverse === true ? statements.scanDown : statements.scanUp
    const rows = yield* all<EntryRow>(scan, id, from, to, request.limit ?? -1)
    return rows.map(column.toEntry)
  }

  function* answers(id: number, requests: readonly ReadRequest[]): Program<Answers> {
    const found: (Entry | undefined | readonly Entry[])[] = []
    for (const request of requests) found.push(yield* answer(id, request))
    return found
  }

  function* committing(id: number, { expect, writes }: CommitBatch): Program<number> {
    for (const { key, revision } of expect) {
      const row = yield* first<{ readonly revision: number }>(statements.keyRevision, id, key)
      if ((row?.revision ?? 0) !== revision) throw conflict(key)
    }
    const before = yield* revisionOf(id)
    if (before === undefined) throw closed(place.filename)
    const revision = before + 1
    const calls = writes.map(({ key, value }): Call => {
      if (value === undefined) return call(statements.remove, id, key)
      const checksum = column.checksumOf({ key, value, revision })
      return call(statements.put, id, key, column.toColumn(value), revision, checksum)
    })
    yield* run([call(statements.raise, id), ...calls])
    return revision
  }

  function* destroying(name: string): Program<void> {
    const id = yield* idOf(name)
    if (id === undefined) return
    yield* run([call(statements.removeAll, id), call(statements.leave, id)])
  }

  return {
    enter: (name) =>
      perform(function* () {
        return (yield* idOf(name)) ?? (yield* transaction('write', () => entering(name)))
      }),

    read: (id, requests) =>
      perform(() =>
        requests.length > 1 ? transaction('read', () => answers(id, requests)) : answers(id, requests),
      ),

    commit: (id, batch) => perform(() => transaction('write', () => committing(id, batch))),

    revisionOf: (id) => perform(() => revisionOf(id)),

    destroy: (name) =>
      perform(function* () {
        yield* transaction('write', () => destroying(name))
        yield* all(statements.truncateLog)
      }),

    close: () => attempt(() => runner.close()),
  }
}
