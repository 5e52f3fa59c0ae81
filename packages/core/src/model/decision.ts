import type { ErrorCode } from '../base/errors.ts'
import type { Verdict } from '../protocol/verdict.ts'
import type { Change } from './change.ts'
import type { Author } from './overlap.ts'
import type { ServerRow } from './record.ts'

/** An operation with everything that judging it needs. */
export interface Candidate extends Change, Author {
  readonly collection: string
  readonly userId: string
  /** Hybrid timestamp, already clamped. */
  readonly timestamp: number
  readonly opVersion: string
}

/** Where the operation would take its place, and the server's time and schema. */
export interface Place {
  readonly seq: number
  readonly now: number
  readonly schemaVersion: string
}

export type Decision =
  /** Applied: the row takes the place of the one before. */
  | { readonly kind: 'write'; readonly row: ServerRow; readonly verdict: Verdict }
  /** Decided without effect. */
  | { readonly kind: 'refuse'; readonly verdict: Verdict }
  /** Not decided: it may fit later. */
  | { readonly kind: 'wait'; readonly code: ErrorCode; readonly message: string }
