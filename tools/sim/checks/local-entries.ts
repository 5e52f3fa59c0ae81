import type { ModelOperation } from '../model/apply.ts'

/** Entries of late by their texts: many look at the same commit, and nobody changes what it says. */
const known = new Map<string, unknown>()
const mostKnown = 500

/** What a device stored. */
export const readStored = (text: string): unknown => {
  const before = known.get(text)
  if (before !== undefined) return before
  const entry: unknown = JSON.parse(text)
  if (known.size >= mostKnown) known.clear()
  known.set(text, entry)
  return entry
}

/** An operation as a device stores it; only what the checks look at. */
export interface LocalOperation extends Omit<ModelOperation, 'history'> {
  readonly opVersion: string
  readonly marks?: string
  readonly localSeq: number
  readonly clientSeq?: number
  readonly transaction?: { readonly id: string; readonly size: number }
  readonly cancel?: true
  /** As it was sent, where it is shown in a newer shape. */
  readonly sentAs?: { readonly type: string; readonly payload: string; readonly opVersion: string }
  readonly life?: {
    readonly lifetime: number | 'drop'
    readonly session: string
    readonly monotonic: number
  }
  readonly status: string
  readonly fate: {
    readonly kind: string
    readonly version?: number
    readonly lost?: readonly string[]
    readonly code?: string
    readonly cause?: string
    readonly reason?: string
    readonly holder?: string
    readonly discarded?: true
    readonly by?: string
  }
}

export interface LocalRecord {
  readonly base?: {
    readonly version: number
    readonly seq: number
    readonly deleted: boolean
    readonly moved?: true
    readonly data: string
    /** The version that the data is of, where the record is only hidden since. */
    readonly dataVersion?: number
  }
  readonly overlay: number
  /** Absent: same as the base. Null: no record. */
  readonly shown?: string | null
}

export interface Queued {
  readonly operationId: string
  readonly clientSeq?: number
}

export interface LogHead {
  readonly nextLocalSeq: number
  readonly nextClientSeq: number
  readonly pending: number
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
  readonly held: number
  readonly heldSent: number
  /** The generation whose staged rows count as bases. */
  readonly folding?: number
  readonly left?: boolean
  readonly abandoned?: readonly { readonly id: string; readonly clientSeq: number }[]
  /** Whose the numbers are; absent: the first client id of the database. */
  readonly clientId?: string
  /** The scope is being fetched anew. */
  readonly resetting?: string
  /** Where what that could cost is copied to. */
  readonly backup?: string
}

/** How far a generation is. */
export interface LocalStaging {
  readonly kind: 'idle' | 'snapshot' | 'search' | 'sweep' | 'pull' | 'drop'
  readonly generation: number
  /** The revision of the cursor that it leads on from. */
  readonly from?: number
  readonly cursor?: string
}

export interface LocalConflict {
  readonly fields: readonly string[]
  readonly operations: readonly { readonly id: string; readonly localSeq: number }[]
  readonly overwritten: Readonly<Record<string, number>>
}

export interface Address {
  readonly scope: string
  readonly collection: string
  readonly recordId: string
  readonly localSeq: number
}

/** `place`: not all is copied yet. */
export interface LocalBackup {
  readonly scope: string
  readonly place?: string
  readonly size: number
}
