import type { AnyCollection } from '@holdfast/core/protocol'
import type { ServerRecords } from '../server-operations.ts'

type Collections = Readonly<Record<string, AnyCollection>>

/** What server code has at hand while it changes a scope. Over when the function returns. */
export interface ServerWriteTransaction<TDatabase, TCollections extends Collections = Collections> {
  /** The database's own transaction. What is written through it is undone where the write fails. */
  readonly database: TDatabase
  readonly records: ServerRecords<TCollections>
  /** The server's time, in milliseconds since 1970. */
  readonly now: number
}

/**
 * Changes synced data from server code: a REST route, a job, a webhook. One transaction with the scope's lock, so it is
 * all applied or nothing is, and devices see it as any other change, by the user of `ctx`. Neither `scopes` nor
 * `authorize` is asked: the server's own code is trusted. `run` is called again where the database asks for it
 * (deadlock, busy), so what it does elsewhere has to bear that; it must not write or push to a scope in turn.
 * @throws SyncError AUTH_REQUIRED (`ctx` names no user), INVALID (no such scope can be); whatever `run` throws
 */
export type ServerWrite<TContext, TDatabase, TCollections extends Collections = Collections> = <TResult>(
  ctx: TContext,
  scope: string,
  run: (tx: ServerWriteTransaction<TDatabase, TCollections>) => Promise<TResult> | TResult,
) => Promise<TResult>
