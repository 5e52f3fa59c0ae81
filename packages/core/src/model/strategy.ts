import type { ErrorCode } from '../base/errors.ts'
import type { Portable } from '../base/portable.ts'
import type { Patch } from './record.ts'

/** When and by whom a field was changed. */
export interface Stamp {
  /** Hybrid timestamp in milliseconds, clamped by the server. */
  readonly timestamp: number
  /** Breaks ties of `timestamp`. */
  readonly clientId: string
}

/** One side of a conflict. */
export interface Side {
  /** The disputed fields only. A field that this side does not have is absent. */
  readonly values: Patch
  /** For each disputed field, its latest change on this side. */
  readonly stamps: Readonly<Record<string, Stamp>>
}

export interface Conflict {
  readonly collection: string
  readonly recordId: string
  /**
   * What is disputed, sorted. Where an operation only reads a field, both sides may have the same value of it, or
   * none.
   */
  readonly fields: readonly string[]
  /** The operation that is being judged. */
  readonly local: Side
  /** The record as the server has it. */
  readonly remote: Side
  /** Version that the operation's author saw, and the server's version. */
  readonly baseVersion: number
  readonly serverVersion: number
}

export type Resolution =
  | { readonly take: 'local' }
  | { readonly take: 'remote' }
  /** Values for disputed fields, undefined to remove one; those left out keep the server's value. */
  | { readonly take: 'merged'; readonly patch: { readonly [field: string]: Portable | undefined } }
  /** A person has to choose: the operation is not applied. */
  | { readonly take: 'ask'; readonly fields: readonly string[] }
  | { readonly take: 'reject'; readonly code: ErrorCode }

/**
 * Settles overlaps. `resolve` is pure and synchronous, and gives the same answer on every device and on the
 * server. It is only called when `fields` is not empty.
 */
export interface ConflictStrategy {
  readonly name: string
  /**
   * `fields` (the default): only fields that both sides changed are disputed.
   * `record`: any unseen change of the record disputes everything that the operation changes.
   */
  readonly detect?: 'fields' | 'record'
  readonly resolve: (conflict: Conflict) => Resolution
  /**
   * True where it settles each field by itself: what it says of one depends on no other. Then updates of several fields
   * can be sent as one. Default: false.
   */
  readonly perField?: boolean
  /** True where `resolve` does not look at timestamps. Default: false. */
  readonly ignoresTime?: boolean
  /** True for fields that it leaves to a person whatever their values are: then preflight can say so. Default: none. */
  readonly asks?: (field: string) => boolean
}
