import { Observable } from 'rxjs'
import type { Cancel, Environment } from '@holdfast/core'
import type { ExternalCommit } from '@holdfast/core/storage'
import type { Room } from '../shared/room.ts'
import type { SqliteFile } from './sqlite-file.ts'
import { createWatch } from '../shared/watch.ts'

/** The database of one name as this process knows it. */
export interface KnownDatabase {
  readonly id: number
  readonly room: Room
  /** The newest revision that was either committed here or announced. */
  known: number
  listeners: number
}

/** Notices what other processes committed: revisions count up by one, so a gap was made elsewhere. */
export interface Neighbours {
  /** Takes a revision committed here. Answers whether commits of other processes lie before it. */
  committed(database: KnownDatabase, revision: number): boolean
  /** `heard$`, and while it is subscribed, also what other processes commit. */
  listen(database: KnownDatabase, heard$: Observable<ExternalCommit>): Observable<ExternalCommit>
}

export const createNeighbours = (
  file: Pick<SqliteFile, 'revisionOf'>,
  environment: Environment,
  pollEvery: number,
): Neighbours => {
  const listening = new Set<KnownDatabase>()

  const note = (database: KnownDatabase, revision: number | undefined): 'same' | 'changed' | 'removed' => {
    if (revision === undefined) return 'removed'
    if (revision === database.known) return 'same'
    database.known = revision
    return 'changed'
  }

  const tell = (database: KnownDatabase, found: 'same' | 'changed' | 'removed'): void => {
    if (found === 'changed') database.room.tellAll('all')
    if (found === 'removed') database.room.clear()
  }

  const noteAndTell = (database: KnownDatabase, revision: number | undefined): void =>
    tell(database, note(database, revision))

  /** A failure is left to the next read, which can tell somebody. */
  const look = (
    database: KnownDatabase,
    then: (database: KnownDatabase, revision: number | undefined) => unknown,
  ): void => {
    try {
      const revision = file.revisionOf(database.id)
      if (!(revision instanceof Promise)) then(database, revision)
      // What came between the question and its answer must not pass unheard.
      else revision.then((answer) => noteAndTell(database, answer)).catch(() => undefined)
    } catch {
      return
    }
  }

  const watch = createWatch(environment, pollEvery, () => {
    for (const database of [...listening]) look(database, noteAndTell)
  })

  const startListening = (database: KnownDatabase): Cancel => {
    if (database.listeners === 0) look(database, note)
    database.listeners += 1
    listening.add(database)
    const stop = watch()
    return () => {
      stop()
      database.listeners -= 1
      if (database.listeners === 0) listening.delete(database)
    }
  }

  return {
    committed(database, revision) {
      const isGap = revision !== database.known + 1 && database.listeners > 0
      database.known = Math.max(database.known, revision)
      return isGap
    },
    listen: (database, heard$) =>
      new Observable((subscriber) => {
        const stop = startListening(database)
        const subscription = heard$.subscribe(subscriber)
        return () => {
          subscription.unsubscribe()
          stop()
        }
      }),
  }
}
