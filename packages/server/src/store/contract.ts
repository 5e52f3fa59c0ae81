import type { RowVersions, ServerRow, StoredVerdict } from '@holdfast/core/protocol'
import type { AppRows, AppTable, TouchedRows } from './app-rows.ts'
import type { RecordAddress } from './record-key.ts'

export type { RecordAddress } from './record-key.ts'

/**
 * What the procedures need of a database. `memoryServerStore` and `prismaStore` obey one suite,
 * `serverStoreConformance`, whose cases are numbered SS1.. in docs/spec/server.md.
 */
export interface ServerStore<TDatabase = unknown> {
  /**
   * One database transaction. Takes the lock of the scope's row before anything else (making the row where it is
   * missing) and holds it until the commit. Commits when `run` resolves; undoes everything when it rejects. Run
   * again as a whole, a bounded number of times, when the database asks for it (deadlock, serialisation, busy).
   */
  readonly write: <TResult>(
    scope: string,
    run: (tx: WriteTransaction<TDatabase>) => Promise<TResult>,
  ) => Promise<TResult>
  /**
   * As `write`, over two scopes in one transaction. The locks are taken in the order of the scopes' names, so that
   * nobody waits in a circle; `run` gets the scopes as they are given.
   */
  readonly writeBoth: <TResult>(
    scopes: readonly [string, string],
    run: (first: WriteTransaction<TDatabase>, second: WriteTransaction<TDatabase>) => Promise<TResult>,
  ) => Promise<TResult>
  /** Everything that `run` reads comes from one snapshot. */
  readonly read: <TResult>(
    scope: string,
    run: (tx: ReadTransaction<TDatabase>) => Promise<TResult>,
  ) => Promise<TResult>
  /** The names of all scopes that were ever written, after a name, at most `limit`, in one order. */
  readonly scopes: (after: string | undefined, limit: number) => Promise<readonly string[]>
  /** What was committed and not delivered yet; absent where the store can't keep it. */
  readonly outbox?: OutboxStore | undefined
  /** By collection: those that live in tables of the app too. Absent: none does. */
  readonly appTables?: ReadonlyMap<string, AppTable> | undefined
  /** Which of their rows were written past the sync API; where there are such tables. */
  readonly touched?: TouchedRows | undefined
  /** True for failures that pass by themselves: deadlock, serialisation, busy, connection lost. */
  readonly isTransient: (error: unknown) => boolean
}

export interface ReadTransaction<TDatabase = unknown> {
  /** The database's own transaction, for the app's `scopes`, `authorize` and plugins. */
  readonly database: TDatabase
  readonly state: ScopeState
  /** True when the scope's feed stood at `head` under this nonce. False means that history was lost. */
  readonly knows: (head: number, nonce: string) => Promise<boolean>
  /** Records whose last change is after `seq`, by seq, at most `limit`. */
  readonly changesAfter: (seq: number, limit: number) => Promise<readonly ServerRow[]>
  /**
   * Living records after a key, at most `limit`, in the order of collection and id that the database has. The order is
   * total and stays. Undefined: from the beginning.
   */
  readonly recordsAfter: (key: RecordAddress | undefined, limit: number) => Promise<readonly ServerRow[]>
  /** How many living records there are; `most` where there are more: whoever counts further pays for each. */
  readonly countRecords: (most: number) => Promise<number>
  /** In any order; missing ones are left out. */
  readonly records: (keys: readonly RecordAddress[]) => Promise<readonly ServerRow[]>
  /** What `records` finds, without its data: a store that keeps that elsewhere does not read it. */
  readonly versions: (keys: readonly RecordAddress[]) => Promise<readonly RowVersions[]>
  /** Who a client belongs to. The same in every scope. */
  readonly client: (clientId: string) => Promise<ClientBinding | undefined>
  /** All operations of the client in this scope up to this clientSeq are decided; 0 for none. */
  readonly watermark: (clientId: string) => Promise<number>
  /** Decided clientSeqs of a client above `after`, ascending, at most `limit`. */
  readonly slotsAfter: (clientId: string, after: number, limit: number) => Promise<readonly Slot[]>
  /** Those of these clientSeqs that are decided, in any order. */
  readonly slotsAt: (clientId: string, clientSeqs: readonly number[]) => Promise<readonly Slot[]>
  /** In any order; unknown ones are left out. */
  readonly operations: (operationIds: readonly string[]) => Promise<readonly OperationRow[]>
  /** For each of these records, the client's latest create of it that ended unapplied. */
  readonly rejectedCreates: (
    clientId: string,
    keys: readonly RecordAddress[],
  ) => Promise<readonly RejectedCreate[]>
}

export interface WriteTransaction<TDatabase = unknown> extends ReadTransaction<TDatabase> {
  /** The app's own tables, where some collections live in them. `save` does not touch them: `mirroringStore` does. */
  readonly app?: AppRows | undefined
  /** True for records that were read and can't be written now: an open transaction of somebody else has their rows. */
  readonly isHeld?: ((key: RecordAddress) => boolean) | undefined
  /** Stores all of it. Later reads of this transaction see it. */
  readonly save: (changes: Changes) => Promise<void>
  /**
   * Runs a part of the transaction. Where it is not kept, or rejects, everything is undone that was written since it
   * began, through `database` too, and the transaction can go on, also after a statement that failed. One at a time.
   */
  readonly attempt: <TValue>(run: () => Promise<Attempt<TValue>>) => Promise<TValue>
  /**
   * Forgets what only those need who were last here before a moment: raises `prunedTo` to the newest head that was
   * stored before it, and removes at most `limit` of each: tombstones up to there, nonces below it, verdicts and
   * resends from before that no number above its client's watermark rests on.
   */
  readonly prune: (request: PruneRequest) => Promise<Pruned>
}

export interface PruneRequest {
  /** Milliseconds since 1970, by the server's clock. */
  readonly before: number
  readonly limit: number
}

/** What was removed; `isLast`: nothing of the kind is left. */
export interface Pruned {
  readonly tombstones: number
  readonly verdicts: number
  readonly nonces: number
  readonly isLast: boolean
}

export interface Attempt<TValue> {
  readonly keep: boolean
  readonly value: TValue
}

/** Where the feed of a scope stands. A scope that was never written stands at 0, with the empty nonce. */
export interface ScopeState {
  /** The feed position of the latest change. */
  readonly head: number
  /** Random; names the batch that raised the head to where it is. */
  readonly nonce: string
  /** Tombstones up to here may be gone. */
  readonly prunedTo: number
  /** Verdicts from before this time may be gone; 0: none ever. */
  readonly prunedBefore: number
}

export interface ClientBinding {
  readonly userId: string
  /** The client's rotating instance value, as last accepted. */
  readonly instance: string
}

/** A decided clientSeq and the operation that came with it. */
export interface Slot {
  readonly clientSeq: number
  readonly operationId: string
}

/** A decided operation, kept so that every later copy of it gets the same verdict. */
export interface OperationRow {
  readonly operationId: string
  readonly clientId: string
  readonly clientSeq: number
  readonly userId: string
  /** Of everything that is frozen once sent. */
  readonly payloadHash: string
  readonly collection: string
  readonly recordId: string
  readonly type: string
  readonly verdict: StoredVerdict
  /** Milliseconds since 1970, by the server's clock. */
  readonly decidedAt: number
}

export const isApplied = ({ verdict }: Pick<OperationRow, 'verdict'>): boolean =>
  verdict.kind === 'applied' || verdict.kind === 'merged'

export interface RejectedCreate extends RecordAddress {
  readonly operationId: string
}

export interface Changes {
  readonly rows: readonly ServerRow[]
  /** Operations decided now. Their ids and their (clientId, clientSeq) are new to the scope. */
  readonly operations: readonly OperationRow[]
  /** ClientSeqs decided now whose operation had been decided under another clientSeq or client. */
  readonly resends: readonly Slot[]
  /** Whose operations they are; absent where rows come from another scope. Needed for operations and resends. */
  readonly client?: (ClientBinding & { readonly clientId: string; readonly watermark: number }) | undefined
  /** The new head and its nonce; absent when nothing was applied. */
  readonly head?: { readonly head: number; readonly nonce: string } | undefined
  /** What the outbox is to tell of it; needs a head and a time. */
  readonly event?: string | undefined
  /** When, by the server's clock: head and resends are never forgotten without. */
  readonly at?: number | undefined
}

/** Events that were stored with what they tell of, until somebody delivered them. */
export interface OutboxStore {
  /**
   * Claims the oldest events that nobody has claimed now, none of them behind an earlier one of its scope that is claimed.
   * In the order of each scope. No two claims at once.
   */
  readonly claim: (request: ClaimRequest) => Promise<readonly ClaimedEvent[]>
  /** Removes those of them that are still claimed so. */
  readonly remove: (by: string, keys: readonly EventKey[]) => Promise<void>
  /** Leaves those of them that are still claimed so to whoever comes, from a moment on. */
  readonly release: (by: string, keys: readonly EventKey[], from: number) => Promise<void>
}

export interface ClaimRequest {
  /** Names the claim: random. */
  readonly by: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly until: number
  readonly limit: number
}

export interface EventKey {
  readonly scope: string
  readonly head: number
}

export interface ClaimedEvent extends EventKey {
  readonly event: string
  /** How often it was claimed before. */
  readonly attempts: number
}

/** Of what was stored without its time. */
export const neverForgotten: number = Number.MAX_SAFE_INTEGER
