import type { Fate } from '@holdfast/core'
import type { Write } from './writes.ts'

/** An operation as a device lists it. */
export interface FoundOperation {
  readonly id: string
  readonly collection: string
  readonly recordId: string
  readonly type: string
  readonly payload: string
  readonly localSeq: number
  readonly fate: Fate['kind']
}

/** A record as a device shows it. */
export interface FoundRecord {
  readonly collection: Write['collection']
  readonly id: string
  readonly title: string
  readonly marks: readonly string[]
}

/** All that a device has, by its own account. */
export interface Found {
  readonly operations: readonly FoundOperation[]
  readonly records: readonly FoundRecord[]
}

/** What a device tells while it works. */
export type Told =
  /** It is about to open its database. */
  | { readonly kind: 'opens' }
  /** Its database is open; from here on it writes and syncs. */
  | { readonly kind: 'works'; readonly found: Found }
  /** About to be written: all or none of them where they are `together`. */
  | { readonly kind: 'begins'; readonly together: boolean; readonly writes: readonly Write[] }
  /** The promise of these writes resolved. */
  | { readonly kind: 'wrote'; readonly receipts: readonly Receipt[] }
  /** A sync run begins; and no run goes on any more. */
  | { readonly kind: 'syncs' | 'rests' }
  /** So many operations turned out to have been decided by an answer that never came. */
  | { readonly kind: 'answerLost'; readonly operations: number }
  /** It stopped writing, and is synced. */
  | { readonly kind: 'settled'; readonly found: Found; readonly state: string }
  | { readonly kind: 'failed'; readonly reason: string }

export interface Receipt {
  readonly mark: string
  readonly operationId: string
}

/** Resolves once it is heard; what follows waits for that. */
export type Tell = (told: Told) => void | Promise<void>
