import type { PreflightInput, PreflightOutput, ServerRow, WireOperation } from '@holdfast/core/protocol'
import type { Changes } from '@holdfast/server'
import type { History } from '../model/history.ts'
import type { Judged } from '../model/judge.ts'
import type { Meeting } from '../model/meetings.ts'
import type { Decision, Effect, Forgotten, Kept, RowState } from './journal-state.ts'

/** What a transaction saved, and the clock of its server when it began. */
export type SavedChanges = Changes & { readonly clock: number }

/** All that the server ever committed, replayed by the model as it comes. */
export interface Journal {
  /** An operation was sent. The same id always stands for the same operation, or for an empty one later. */
  readonly onSent: (clientId: string, operation: WireOperation) => void
  /** A transaction was committed. @throws Violation */
  readonly onCommit: (saved: readonly SavedChanges[]) => void
  readonly head: () => number
  /** Whether the feed ever stood there: what was committed at once comes between no two heads. */
  readonly wasHead: (head: number) => boolean
  readonly decision: (operationId: string) => Decision | undefined
  /** Copies of a client that run different versions of the app sent it, each in its words. */
  readonly wasReworded: (operationId: string) => boolean
  /** An empty operation was sent under this id: it was discarded with its scope. */
  readonly wasSpent: (operationId: string) => boolean
  /** The record as it was when the feed stood at `head`. */
  readonly rowAt: (key: string, head: number) => ServerRow | undefined
  /** Records that changed after one head, up to another. */
  readonly changedBetween: (after: number, upTo: number) => ReadonlySet<string>
  /** The history up to now, to go on from. */
  readonly fork: () => Journal
  readonly rows: () => ReadonlyMap<string, readonly RowState[]>
  /** The server told a client what its push would meet, at this very head. @throws Violation */
  readonly onForesight: (input: PreflightInput, answer: Extract<PreflightOutput, { kind: 'answer' }>) => void
  /** What happened to a record, by the model. */
  readonly historyOf: (key: string) => History | undefined
  /** A record comes from another scope, in the same transaction. */
  readonly onArrival: (key: string, history: History) => void
  /** All that took effect, in its order. */
  readonly effects: () => readonly Effect[]
  /** The clientSeqs of a client that are decided. */
  readonly decidedOf: (clientId: string) => ReadonlySet<number>
  /** Of a record that is not there and may have been forgotten. */
  readonly firstVersion: () => number
  /** What the server may forget one day. */
  readonly kept: () => Kept
  /** Nothing from since then is forgotten. */
  readonly forgottenBefore: () => number
  /** It did. @throws Violation */
  readonly onForgotten: (forgotten: Forgotten) => void
}

/** Told of what should happen sometimes. */
export interface JournalEvents {
  readonly onRevived: () => void
  readonly onConflict: (collection: string) => void
  /** The number of a discarded operation is spent. */
  readonly onEmpty: () => void
  readonly onMoved: () => void
  /** A job of the server deleted a record. */
  readonly onEnded: () => void
  /** What was foreseen of an operation was held against its verdict. */
  readonly onForeseen: (risk: 'LOW' | 'MEDIUM' | 'HIGH') => void
  /** A record that the server had forgotten was made anew. */
  readonly onAnew: () => void
  /** Nothing came of an operation on one. */
  readonly onForgotten: () => void
  /** An operation met what its author had not seen; by what that was settled. */
  readonly onSettled: (by: readonly Meeting[]) => void
}

/** What a journal knows of the world around its scope. */
export interface Surroundings {
  readonly journalOf: (scope: string) => Journal
  /** More than one store says that it is this client. */
  readonly isDoubtful: (clientId: string) => boolean
  /** More than one store may make it, each on what it shows. */
  readonly isRestored: (operationId: string) => boolean
  /** What was forgotten of it may be decided once more. */
  readonly mayComeAnew: (operationId: string) => boolean
  /** The server has lost some history: what it had decided comes again, under other numbers. */
  readonly areLost: () => boolean
  /** The device held its lease when it made the operation, on the newest version. */
  readonly wasHeld: (operation: Judged) => boolean
  /** Undefined: that was about to change, and either may be true. */
  readonly mayEnter: (user: string, scope: string) => boolean | undefined
}
