import type { ErrorCode, Schema } from '@holdfast/core'
import type { Decided, Result, ServerRow, Settled, WireOperation } from '@holdfast/core/protocol'
import type { Disclose } from '../outgoing/visible.ts'
import type { Attempt, OperationRow, RecordAddress, RejectedCreate, Slot } from '../store/contract.ts'
import type { ReadOperation } from './read-operation.ts'
import type { FurtherRecords, ServerHalf } from './server-half.ts'

/** Everything that judging a batch needs to know, loaded under the scope's lock. */
export interface Facts {
  readonly head: number
  /** Tombstones up to here may be forgotten. */
  readonly prunedTo: number
  readonly watermark: number
  /** Decided slots: all above the watermark, and those below that the batch names. */
  readonly slots: readonly Slot[]
  /** Decided operations whose ids the batch names. */
  readonly operations: readonly OperationRow[]
  /** The records that the batch names, as far as they exist. */
  readonly rows: readonly ServerRow[]
  /** Of the records that don't exist. */
  readonly rejectedCreates: readonly RejectedCreate[]
}

/** What earlier transactions of the same request already went through (see `bisect.ts`). */
export interface Before {
  readonly passed: ReadonlySet<number>
  /** Records of which an operation waits, by `recordKey`. */
  readonly waiting: ReadonlyMap<string, Waiting>
}

export interface Waiting {
  readonly code: ErrorCode
  readonly message: string
}

export interface Batch {
  readonly schema: Schema
  /** The server's time, in milliseconds since 1970. */
  readonly now: number
  readonly clientId: string
  readonly userId: string
  readonly operations: readonly ReadOperation[]
  readonly facts: Facts
  readonly before: Before
  readonly limits: { readonly clockAheadMs: number }
  readonly disclose: Disclose
}

/** An operation that fits, and what it would do. Records that do not exist or are deleted are `undefined`. */
export interface Proposal {
  readonly operation: WireOperation
  readonly before: ServerRow['data'] | undefined
  readonly after: ServerRow['data'] | undefined
}

/** An operation before anything is made of it, and its record as it is. */
export interface Admission {
  readonly operation: WireOperation
  readonly before: ServerRow['data'] | undefined
  /** The server's time, in milliseconds since 1970. */
  readonly now: number
  /** The records of the scope, as the operations before left them. */
  readonly records: Pick<FurtherRecords, 'get'>
}

/** With what hooks may need of it. */
export interface FullProposal extends Proposal {
  /** The server's time, in milliseconds since 1970. */
  readonly now: number
  /** What was dropped without asking anybody; undefined: nothing. */
  readonly settled: Settled | undefined
  /**
   * The records of the scope, as the operations before left them. What is changed here is applied with the operation, and
   * nobody is asked about it. While a record moves to another scope they can only be read.
   */
  readonly records: FurtherRecords
}

/**
 * What asks others in between: plugins and the app. A SyncError that passes by itself makes the operation wait,
 * any other SyncError refuses it; what else is thrown undoes the whole batch.
 */
export interface Gate {
  /** The operation to judge in place of the one sent, on this row. Its id, clientSeq and record stay. */
  readonly prepare: (operation: WireOperation, row?: ServerRow) => Promise<WireOperation>
  /** Rejects when the operation need not be judged: it has no say. */
  readonly admit: (admission: Admission) => Promise<void>
  /** Rejects when the operation may not be applied. */
  readonly permit: (proposal: FullProposal) => Promise<void>
  /** Rejects when a server half may not change this record besides its operation's own. */
  readonly permitFurther: (collection: string, proposal: Proposal) => Promise<void>
  /** What decides in place of the operation's guess, where the app gave it. */
  readonly halfOf: (operation: Pick<WireOperation, 'collection' | 'type'>) => ServerHalf | undefined
  /** True where operations of the collection may have one. */
  readonly hasHalves: (collection: string) => boolean
  /** A record that no operation of the batch names. */
  readonly load: (address: RecordAddress) => Promise<ServerRow | undefined>
  /** Undoes what server halves wrote into the database, unless it is kept. */
  readonly attempt: <TValue>(run: () => Promise<Attempt<TValue>>) => Promise<TValue>
}

export interface Outcome {
  /** By the operations' places in the request. */
  readonly results: ReadonlyMap<number, Result>
  /** Changed records, each once. */
  readonly rows: readonly ServerRow[]
  readonly operations: readonly OperationRow[]
  readonly resends: readonly Slot[]
  readonly head: number
  readonly decided: Decided
  readonly before: Before
}
