import type { ServerRow, StoredVerdict, WireOperation } from '@holdfast/core/protocol'
import type { History } from '../model/history.ts'

/** What the server decided about one operation, and when. */
export interface Decision {
  readonly clientId: string
  readonly clientSeq: number
  readonly verdict: StoredVerdict
  /** The feed position of its effect; undefined where it has none. */
  readonly seq: number | undefined
  /** The head after the commit that decided it. */
  readonly head: number
  /** When, by the server's clock. */
  readonly at: number
  /** The server does not know any more what it decided. */
  readonly isForgotten?: true
  /** What it had decided before: a backup brought the operation back after that was forgotten (docs/gaps.md). */
  readonly earlier?: Decision
}

/** An operation that took effect. */
export interface Effect {
  readonly operation: WireOperation
  readonly decision: Decision
}

/** A record as of a commit. */
export interface RowState {
  /** The head of the scope when the record came to be so. */
  readonly head: number
  readonly row: ServerRow
}

/** What one transaction of `pruneSync` removed. */
export interface Forgotten {
  readonly before: number
  /** Nothing is left that it could remove. */
  readonly isLast: boolean
  readonly tombstones: readonly string[]
  readonly operations: readonly string[]
}

/** What of a history a server may have forgotten by now. */
export interface Kept {
  readonly tombstones: readonly { readonly collection: string; readonly id: string }[]
  readonly operations: readonly string[]
}

/** What was ever sent, whatever became of the server's history since. */
export interface SentLog {
  readonly sent: Map<string, WireOperation>
  /** As copies of a client sent it: with another number, or at another time. */
  readonly variants: Map<string, WireOperation[]>
  /** Operations that a copy of a client, brought up to a newer version of the app, sent in other words. */
  readonly reworded: Set<string>
  /** The ages with which an operation was sent. */
  readonly ages: Map<string, readonly number[]>
  readonly emptied: Set<string>
  /** Operations that somebody asked to take back. */
  readonly cancelled: Set<string>
}

export const createSentLog = (): SentLog => ({
  sent: new Map(),
  variants: new Map(),
  reworded: new Set(),
  ages: new Map(),
  emptied: new Set(),
  cancelled: new Set(),
})

/** One history of a scope, up to its newest head. */
export interface JournalState {
  /** By client and record. */
  readonly failedCreates: Map<string, string>
  readonly heads: Set<number>
  readonly decisions: Map<string, Decision>
  readonly histories: Map<string, History>
  readonly rows: Map<string, RowState[]>
  readonly slots: Map<string, ReadonlySet<number>>
  readonly lastApplied: Map<string, number>
  readonly feed: { readonly head: number; readonly key: string }[]
  /** When each head was stored, and each operation last sent again under another number. */
  readonly storedAt: { readonly head: number; readonly at: number }[]
  readonly resentAt: Map<string, number>
  /** Records of which nothing is known any more, up to this place in the feed and this version. */
  readonly gone: Map<string, { readonly seq: number; readonly version: number }>
  /** Operations that a backup brought back after their verdict was forgotten (docs/gaps.md). */
  readonly doubled: Set<string>
  /** Tombstones up to here may be gone, and verdicts from before that time. */
  prunedTo: number
  prunedBefore: number
  head: number
}

export const createJournalState = (): JournalState => ({
  failedCreates: new Map(),
  heads: new Set([0]),
  decisions: new Map(),
  histories: new Map(),
  rows: new Map(),
  slots: new Map(),
  lastApplied: new Map(),
  feed: [],
  storedAt: [],
  resentAt: new Map(),
  gone: new Map(),
  doubled: new Set(),
  prunedTo: 0,
  prunedBefore: 0,
  head: 0,
})

export const copyJournalState = (state: JournalState): JournalState => ({
  failedCreates: new Map(state.failedCreates),
  heads: new Set(state.heads),
  decisions: new Map(state.decisions),
  histories: new Map(state.histories),
  rows: new Map(state.rows),
  slots: new Map(state.slots),
  lastApplied: new Map(state.lastApplied),
  feed: [...state.feed],
  storedAt: [...state.storedAt],
  resentAt: new Map(state.resentAt),
  gone: new Map(state.gone),
  doubled: new Set(state.doubled),
  prunedTo: state.prunedTo,
  prunedBefore: state.prunedBefore,
  head: state.head,
})
