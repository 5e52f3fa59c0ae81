import type { TransactionPart } from '../protocol/push.ts'
import type { StoredVerdict } from '../protocol/verdict.ts'

/** A change as the operation log of a device keeps it. */
export interface Operation {
  readonly id: string
  readonly scope: string
  readonly collection: string
  readonly recordId: string
  /** `create`, `update`, `delete`, a named operation of the collection, or `put`: what several updates were folded into. */
  readonly type: string
  /** In the portable codec. Fixed when the operation is made; until it is sent compaction may fold earlier ones into it. */
  readonly payload: string
  /** What it changes on the record as its author saw it, sorted; `$deleted` for a deletion. */
  readonly fields: readonly string[]
  /** The version of the record that the author saw. Never advances. */
  readonly baseVersion: number
  /** Hybrid timestamp in milliseconds. Corrected by server time until sent, then fixed. */
  readonly timestamp: number
  /** True while `timestamp` is by this device's clock alone, because no server was heard yet. */
  readonly uncorrected: boolean
  /** The schema version that wrote it, or that it was brought up to. */
  readonly opVersion: string
  /** How it goes out, where it had been sent when it was brought up. */
  readonly sentAs?: SentContent | undefined
  /** The order in which operations of the scope were made, over all tabs. */
  readonly localSeq: number
  /** Given when first put in a batch; from then on the operation is frozen. */
  readonly clientSeq: number | undefined
  /** It was made again on this version of its record, since the server answered `rebase`. */
  readonly remadeOn?: number | undefined
  /** So many puts that it takes the place of were answered `rebase`. */
  readonly putsBefore?: number | undefined
  /** Operations with the same id here are applied all or none. */
  readonly transaction?: TransactionPart | undefined
  /** What plugins put beside the payload when it was made, in the portable codec. */
  readonly marks?: string | undefined
  /** Of one that does not live for ever: how long it does, and when it was made. */
  readonly life?: OperationLife | undefined
  /** Another device may have it too, under this id, as it is from a backup: it goes out by itself, and is never folded. */
  readonly isShared?: true | undefined
  /** Others were folded into it: it stands for more than its id says elsewhere. */
  readonly isFolded?: true | undefined
  /** The app takes it back: the server is asked not to apply it. */
  readonly cancel?: true | undefined
  readonly status: OperationStatus
  readonly fate: Fate
}

/** When an operation was made, as far as the device could tell (docs/decisions/0027). */
export interface OperationLife {
  /** Milliseconds. `drop`: sent at once or not at all. */
  readonly lifetime: number | 'drop'
  /** The stretch of time, in the scope's log, in which the device's clock was not seen to jump. */
  readonly era: number
  /** By the device's clock. */
  readonly wall: number
  /** The session that made it, and when by its monotonic clock. */
  readonly session: string
  readonly monotonic: number
  /** A person's answer: it never ends on the device. */
  readonly isAnswer?: true | undefined
}

export type SentContent = Pick<Operation, 'type' | 'payload' | 'opVersion'>

export type OperationStatus =
  | 'PENDING'
  | 'SENT'
  | 'COMPLETED'
  | 'CONFLICT'
  | 'REJECTED'
  | 'EXPIRED'
  | 'CANCELLED'
  | 'SUPERSEDED'

/** Where an operation stands. Every operation ever made has exactly one. */
export type Fate =
  /** Made here, not sent yet. */
  | { readonly kind: 'pending' }
  /** Sent at least once; the server's verdict is not known. */
  | { readonly kind: 'sent' }
  /** The server applied it. `lost`: fields whose value did not win. */
  | { readonly kind: 'applied'; readonly version: number; readonly lost: readonly string[] }
  /** Not applied: it waits in `client.conflicts`. Without fields: it waits with others, or to be made again. */
  | { readonly kind: 'conflict'; readonly fields: readonly string[] }
  /** Not applied, for good: it is kept in the dead letters. */
  | {
      readonly kind: 'rejected'
      readonly code: string
      readonly message: string
      readonly cause?: string | undefined
      /** Of REFUSED: the server's own word for why. */
      readonly reason?: string | undefined
      /** Of LEASE_LOST: the user who may edit the record now, where somebody does. */
      readonly holder?: string | undefined
      /** The app let go of it: it is no longer among the dead letters. */
      readonly discarded?: true | undefined
    }
  /**
   * Not applied, because `cause`, of the same transaction, was not. Where that one waits in a conflict, this one
   * waits with it; else it is in the dead letters.
   */
  | {
      readonly kind: 'aborted'
      readonly cause: string
      readonly reason: 'conflict' | 'rejected'
      readonly discarded?: true | undefined
    }
  /** Not applied: its lifetime was over first. `cause`: that of the creation that it built on. */
  | { readonly kind: 'expired'; readonly cause?: string | undefined }
  /** The app took it back before it was applied. `queueFull`: it made room in a full queue (`limits.onFull`). */
  | { readonly kind: 'cancelled'; readonly reason?: 'queueFull' | undefined }
  /**
   * `by` carries it on, and has a fate of its own: it was folded into that one before either was sent, made again, or its
   * conflict was answered. Absent where theirs was taken, or nothing was left of it.
   */
  | { readonly kind: 'superseded'; readonly by?: string | undefined }

export const statusOfVerdict = (verdict: StoredVerdict): OperationStatus => {
  switch (verdict.kind) {
    case 'applied':
    case 'merged':
      return 'COMPLETED'
    case 'conflict':
    // It is made again as soon as the newer record is here.
    case 'rebase':
      return 'CONFLICT'
    case 'rejected':
      return 'REJECTED'
    case 'aborted':
      return verdict.reason === 'conflict' ? 'CONFLICT' : 'REJECTED'
    case 'expired':
      return 'EXPIRED'
    case 'cancelled':
      return 'CANCELLED'
  }
}

export const fateOfVerdict = (verdict: StoredVerdict): Fate => {
  switch (verdict.kind) {
    case 'applied':
      return { kind: 'applied', version: verdict.version, lost: [] }
    case 'merged':
      return { kind: 'applied', version: verdict.version, lost: verdict.lost }
    case 'conflict':
      return { kind: 'conflict', fields: verdict.fields }
    case 'rebase':
      return { kind: 'conflict', fields: [] }
    case 'rejected': {
      const { code, message, cause, reason, holder } = verdict
      return {
        ...{ kind: 'rejected', code, message, cause },
        ...(reason === undefined ? {} : { reason }),
        ...(holder === undefined ? {} : { holder }),
      }
    }
    case 'aborted':
    case 'expired':
    case 'cancelled':
      return verdict
  }
}
