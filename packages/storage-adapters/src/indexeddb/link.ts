import { Subject, type Observable } from 'rxjs'
import type { SyncError } from '@holdfast/core'
import { closed } from '../shared/refusals.ts'
import { connect, type Connection } from './connection.ts'
import { isConnectionLost, removed, toSyncError } from './failures.ts'
import type { Head } from './layout.ts'
import type { Place } from './place.ts'
import { whileConnected } from './transactions.ts'

/** A handle's way to its database, which outlives the connections that the browser closes under it. */
export interface Link {
  /**
   * Runs on the connection. Where that turns out to be lost, another one is opened and `run` is called once more.
   * @throws SyncError whatever comes of it
   */
  use<TResult>(run: (database: IDBDatabase) => Promise<TResult>): Promise<TResult>
  /** What is under way on the connection still ends well. */
  close(): void
  /** Newer code upgrades the database. Completes where the link ends for good: closed, or since the database is gone. */
  readonly upgraded$: Observable<void>
  /** As it was when the handle was opened. */
  readonly head: Head
}

type State =
  | { readonly kind: 'connected'; readonly connection: Connection }
  | { readonly kind: 'lost' }
  | { readonly kind: 'connecting'; readonly connecting: Promise<Connection> }
  | { readonly kind: 'ended'; readonly reason: SyncError }

export const createLink = async (place: Place): Promise<Link> => {
  const { name } = place
  const upgraded$ = new Subject<void>()
  let state: State = { kind: 'lost' }

  const end = (reason: SyncError): void => {
    if (state.kind === 'ended') return
    if (state.kind === 'connected') state.connection.database.close()
    state = { kind: 'ended', reason }
    upgraded$.complete()
  }

  const lose = (connection: Connection): void => {
    connection.database.close()
    if (state.kind === 'connected' && state.connection === connection) state = { kind: 'lost' }
  }

  const attach = (connection: Connection): Connection => {
    const { database } = connection
    if (state.kind === 'ended') {
      database.close()
      throw state.reason
    }
    database.addEventListener('close', () => lose(connection))
    database.addEventListener('versionchange', ({ newVersion }) => {
      if (newVersion === null) return end(removed(name))
      lose(connection)
      upgraded$.next()
    })
    state = { kind: 'connected', connection }
    return connection
  }

  const first = attach(await connect(place))

  const reconnect = async (): Promise<Connection> => {
    try {
      return attach(await connect(place, first.head.id))
    } catch (error) {
      const reason = toSyncError(error, name)
      if (reason.code === 'CLOSED') end(reason)
      else if (state.kind === 'connecting') state = { kind: 'lost' }
      throw reason
    }
  }

  const connection = async (): Promise<Connection> => {
    switch (state.kind) {
      case 'connected':
        return state.connection
      case 'connecting':
        return state.connecting
      case 'ended':
        throw state.reason
      case 'lost': {
        const connecting = reconnect()
        state = { kind: 'connecting', connecting }
        return connecting
      }
    }
  }

  return {
    head: first.head,
    upgraded$,
    async use(run) {
      for (let attempt = 1; ; attempt += 1) {
        const current = await connection()
        try {
          return await whileConnected(current.database, run)
        } catch (error) {
          const isLost = isConnectionLost(error)
          if (isLost) lose(current)
          if (!isLost || attempt > 1) throw toSyncError(error, name)
        }
      }
    },
    close: () => end(closed(name)),
  }
}
