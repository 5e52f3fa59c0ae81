import type { Hook, Observe, RecordMigration, Schema, Waterfall } from '@holdfast/core'
import type { Result, WireOperation } from '@holdfast/core/protocol'
import type { Admission, FullProposal } from '../apply/batch.ts'
import type { AnyServerOperation } from '../server-operations.ts'

/** An operation that an older schema wrote, to be brought up to the current one. */
export interface OperationMigration {
  readonly operation: WireOperation
  readonly from: string
  readonly to: string
}

/** An operation that came, before anything is made of it, with the transaction that it would be part of. */
export interface Arrival<TDatabase> extends Admission {
  readonly scope: string
  readonly userId: string
  /** The device that sent it, by the id under which it sends. */
  readonly clientId: string
  readonly tx: TDatabase
}

/** An operation that is about to be applied, with the transaction that it will be part of. */
export interface Application<TDatabase> extends FullProposal {
  readonly scope: string
  readonly userId: string
  /** The device that sent it, by the id under which it sends. */
  readonly clientId: string
  readonly tx: TDatabase
}

/** A batch that is in the database. */
export interface Commit {
  readonly scope: string
  readonly userId: string
  readonly clientId: string
  readonly head: number
  readonly results: readonly Result[]
}

/**
 * Every server hook with its kind. A hook that throws a SyncError refuses the operation (or makes it wait, where
 * the error passes by itself); what else it throws is a failure of the plugin, and the operation waits.
 */
export interface ServerHooks<TDatabase = unknown> {
  /**
   * A record that an older schema wrote, whenever it is read. Pure: what it makes is only stored once the record is
   * written. `from` is 0.0.0 where no version was kept.
   */
  readonly migrateRecord: Waterfall<RecordMigration>
  /** Before `acceptOperation`, for operations of an older schema. Id, clientSeq and record can't be changed. */
  readonly migrateOperation: Waterfall<OperationMigration>
  /** Before an operation is judged. Id, clientSeq and record can't be changed. */
  readonly acceptOperation: Waterfall<WireOperation>
  /** In the transaction, before strategies and server halves: refuses whoever has no say. Not of operations known already. */
  readonly beforeJudge: Observe<Arrival<TDatabase>>
  /** In the transaction, after `authorize`. What it writes, by `tx` or `records`, shares the operation's or the batch's fate. */
  readonly beforeApply: Observe<Application<TDatabase>>
  /** After the commit, before the answer. Can't undo anything; a failure is only logged. */
  readonly afterCommit: Observe<Commit>
}

export type ServerHookName = keyof ServerHooks

export type ServerHookTable<TDatabase = unknown> = {
  readonly [TName in ServerHookName]?: Hook<ServerHooks<TDatabase>[TName]>
}

/** A plugin's half on the server: what it looks at when the server starts, hooks, and server halves for operations of collections that it brings. */
export type ServerSide<TDatabase = unknown> = ServerHookTable<TDatabase> & {
  /** @throws SyncError MISCONFIGURED: the server does not start */
  readonly start?: (context: { readonly schema: Schema }) => void
  readonly operations?: Readonly<
    Record<string, Readonly<Record<string, AnyServerOperation<unknown, TDatabase>>>>
  >
}

/** What `createSyncRouter` takes of a plugin; what `definePlugin` of core returned is one. */
export interface ServerPlugin<TDatabase = unknown> {
  readonly name: string
  readonly server?: ServerSide<TDatabase>
}
