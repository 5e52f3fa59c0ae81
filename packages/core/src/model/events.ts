import type { ResetReason, SyncError } from '../base/errors.ts'
import type { Risk } from '../protocol/preflight.ts'
import type { Result, Verdict } from '../protocol/verdict.ts'
import type { SyncState } from './sync-state.ts'

/** One operation's verdict, without data. */
export interface VerdictSummary {
  readonly operationId: string
  readonly kind: Verdict['kind']
  /** Of a rejection. */
  readonly code?: string | undefined
}

/**
 * Something that the client did. Ids, codes and counts: never a value of a record. Milliseconds unless said
 * otherwise.
 */
export type SyncActivity =
  /** An operation was stored, with the record's new shown value. `operation` is its type. */
  | {
      readonly type: 'written'
      readonly scope: string
      readonly collection: string
      readonly recordId: string
      readonly operationId: string
      readonly operation: string
      /** Of one that does not live for ever, in milliseconds. */
      readonly lifetime?: number | 'drop' | undefined
    }
  /** The server was asked what sending the queue would meet; operations of `held` records make room for others, or wait. */
  | {
      readonly type: 'lookedAhead'
      readonly scope: string
      readonly conflictRisk: Risk
      readonly records: number
      readonly held: number
    }
  /** A batch leaves. `bytes`: what its operations take in the request, at most. */
  | {
      readonly type: 'pushStarted'
      readonly scope: string
      readonly batchId: string
      readonly operations: number
      readonly bytes: number
    }
  /** A batch was answered; `results` counts by kind. */
  | {
      readonly type: 'pushed'
      readonly scope: string
      readonly batchId: string
      readonly operations: number
      readonly bytes: number
      readonly results: Readonly<Partial<Record<Result['kind'], number>>>
      readonly ms: number
    }
  /** Of so many operations that were never sent, so many were folded into others. */
  | {
      readonly type: 'compacted'
      readonly scope: string
      readonly trigger: string
      readonly before: number
      readonly folded: number
    }
  /** Operations that were never sent ended: their lifetime was over. */
  | { readonly type: 'expired'; readonly scope: string; readonly operations: readonly string[] }
  /** Verdicts came, by `push` or `resume`; at most as many as a batch or a question holds. */
  | { readonly type: 'decided'; readonly scope: string; readonly verdicts: readonly VerdictSummary[] }
  /**
   * This device's clock is wrong by a minute or more: `offset` is the server's time minus its own. What it writes from now
   * on counts by the server's time.
   */
  | { readonly type: 'clockCorrected'; readonly scope: string; readonly offset: number }
  /** The server answered some operations with `rebase`: these took their place, on the newer record. */
  | { readonly type: 'madeAgain'; readonly scope: string; readonly operations: readonly string[] }
  /** All pages up to the head are here. */
  | {
      readonly type: 'pulled'
      readonly scope: string
      readonly changes: number
      readonly pages: number
      readonly ms: number
    }
  /** A head is shown from here on. */
  | { readonly type: 'swapped'; readonly scope: string; readonly head: number; readonly changes: number }
  | {
      readonly type: 'conflictOpened'
      readonly scope: string
      readonly collection: string
      readonly recordId: string
    }
  /** By this tab; scope and record are in the id. `operationId` carries the answer; undefined where nothing had to be changed. */
  | {
      readonly type: 'conflictResolved'
      readonly conflictId: string
      readonly operationId: string | undefined
    }
  | {
      readonly type: 'deadLettered'
      readonly scope: string
      readonly operationId: string
      readonly code: string
    }
  | { readonly type: 'stateChanged'; readonly scope: string; readonly state: SyncState }
  | { readonly type: 'scopeJoined'; readonly scope: string }
  | { readonly type: 'scopeLeft'; readonly scope: string }
  /** What `leave(scope, { discard: true })` dropped. */
  | {
      readonly type: 'discarded'
      readonly scope: string
      readonly undecided: number
      readonly conflicts: number
      readonly deadLetters: number
    }
  /** The server took this device for a copy of another one: it has a new client id from here on. */
  | { readonly type: 'forked'; readonly scope: string; readonly clientId: string }
  /** The scope is fetched anew; nothing was dropped. */
  | { readonly type: 'resetStarted'; readonly scope: string; readonly reason: ResetReason }
  /** It is shown as the server has it; `requeued`: so many applied operations were lost there, and are sent again. */
  | {
      readonly type: 'resetFinished'
      readonly scope: string
      readonly head: number
      readonly requeued: number
    }
  /** The server lost so many applied operations that this device removed from its archive: nobody can send them again. */
  | { readonly type: 'notSentAgain'; readonly scope: string; readonly operations: number }
  /** The queue was full: these, which were never sent, made room (`limits.onFull`). */
  | { readonly type: 'dropped'; readonly scope: string; readonly operations: readonly string[] }
  /** The live stream of these scopes broke; it is opened again. */
  | { readonly type: 'liveEnded'; readonly scopes: readonly string[]; readonly error: SyncError }
  /**
   * The start found that the user's local database was here and is gone, with what had not been sent. `clientId`: its, under which
   * the server knows what it sent. Nobody could listen by then: whoever comes later is told first.
   */
  | { readonly type: 'localDataLost'; readonly clientId: string }
  /** A failure that ended nothing: of a plugin that observes, of a read beside the way. */
  | { readonly type: 'problem'; readonly error: SyncError }

/** `at`: when, by this device's clock. */
export type SyncEvent = SyncActivity & { readonly at: number }
