import type { ErrorCode } from '../base/errors.ts'
import type { Portable } from '../base/portable.ts'
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
  /** Of a `put`: when fields were written that were not written last, clamped too. */
  readonly times?: Readonly<Record<string, number>> | undefined
  readonly opVersion: string
}

/** When the operation's author wrote a field. */
export const writtenAt = ({ times, timestamp }: Candidate, field: string): number =>
  (times !== undefined && Object.hasOwn(times, field) ? times[field] : undefined) ?? timestamp

/** Where the operation would take its place, and the server's time and schema. */
export interface Place {
  readonly seq: number
  readonly now: number
  readonly schemaVersion: string
  /** Of a record that is not there: above every version that the scope gave and has forgotten. Default: 1. */
  readonly firstVersion?: number | undefined
}

/** The version that a record gets there. */
export const versionAt = (row: Pick<ServerRow, 'version'> | undefined, { firstVersion = 1 }: Place): number =>
  row === undefined ? firstVersion : row.version + 1

/** What was settled by a strategy or a policy, and not by a person. */
export interface Settled {
  /** The strategy's name, or the policy of deletions. */
  readonly strategy: string
  readonly dropped: readonly Dropped[]
}

/** Two values of which one at least does not stand. */
export interface Dropped {
  /** `$deleted`: whether the record is there at all. Then the values are whole records, or null for its being deleted. */
  readonly field: string
  /** What the operation wanted; undefined: that the field is not there. */
  readonly local: Portable | undefined
  /** What the server had. */
  readonly remote: Portable | undefined
  /** Who wrote that; undefined: nobody is known. */
  readonly remoteBy: string | undefined
  readonly kept: 'local' | 'remote' | 'merged'
}

export type Decision =
  /** Applied: the row takes the place of the one before. */
  | {
      readonly kind: 'write'
      readonly row: ServerRow
      readonly verdict: Verdict
      /** Where a value was dropped without asking anybody. */
      readonly settled?: Settled | undefined
    }
  /** Decided without effect. */
  | { readonly kind: 'refuse'; readonly verdict: Verdict }
  /** Not decided: it may fit later. */
  | { readonly kind: 'wait'; readonly code: ErrorCode; readonly message: string }
