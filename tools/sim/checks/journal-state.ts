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

/** What was ever sent, whatever became of the server's history since. */
export interface SentLog {
  readonly sent: Map<string, WireOperation>
  /** As copies of a client sent it: with another number, or at another time. */
  readonly variants: Map<string, WireOperation[]>
  /** The ages with which an operation was sent. */
  readonly ages: Map<string, readonly number[]>
  readonly emptied: Set<string>
  /** Operations that somebody asked to take back. */
  readonly cancelled: Set<string>
}

export const createSentLog = (): SentLog => ({
  sent: new Map(),
  variants: new Map(),
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
  head: state.head,
})
