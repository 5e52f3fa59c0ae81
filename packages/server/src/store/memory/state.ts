import type { ServerRow } from '@holdfast/core/protocol'
import type { ClientBinding, EventKey, OperationRow, ScopeState } from '../contract.ts'
import { createSerialQueue, type SerialQueue } from '../serial-queue.ts'

/** Everything of one scope at one moment. Never changed in place: a commit puts another in its stead. */
export interface ScopeSnapshot {
  readonly state: ScopeState
  readonly nonces: ReadonlyMap<number, string>
  /** When each head was stored, and each operation last sent again under another number. */
  readonly storedAt: ReadonlyMap<number, number>
  readonly resentAt: ReadonlyMap<string, number>
  /** By `recordKey`. */
  readonly records: ReadonlyMap<string, ServerRow>
  readonly operations: ReadonlyMap<string, OperationRow>
  /** By client, then clientSeq: the operation's id. */
  readonly slots: ReadonlyMap<string, ReadonlyMap<number, string>>
  readonly watermarks: ReadonlyMap<string, number>
  /** Added by a transaction that is not committed yet. */
  readonly events: readonly NewEvent[]
}

export interface NewEvent {
  readonly head: number
  readonly event: string
  readonly at: number
}

const emptyScope: ScopeSnapshot = {
  state: { head: 0, nonce: '', prunedTo: 0, prunedBefore: 0 },
  nonces: new Map(),
  storedAt: new Map(),
  resentAt: new Map(),
  records: new Map(),
  operations: new Map(),
  slots: new Map(),
  watermarks: new Map(),
  events: [],
}

/** What a database would hold: it outlives the processes that work on it. */
export interface MemoryServerState {
  readonly scopes: Map<string, ScopeSnapshot>
  readonly clients: Map<string, ClientBinding>
  readonly locks: Map<string, SerialQueue>
  readonly outbox: Map<string, StoredEvent>
}

export interface StoredEvent extends EventKey {
  readonly event: string
  readonly storedAt: number
  readonly claimedUntil: number
  readonly claimedBy: string
  readonly attempts: number
}

export const createMemoryServerState = (): MemoryServerState => ({
  scopes: new Map(),
  clients: new Map(),
  locks: new Map(),
  outbox: new Map(),
})

/**
 * A copy as a backup would hold it: `state.scopes` and `state.clients` as they are now. Restoring it is
 * giving it to new stores.
 */
export const copyMemoryServerState = (state: MemoryServerState): MemoryServerState => ({
  scopes: new Map(state.scopes),
  clients: new Map(state.clients),
  locks: new Map(),
  outbox: new Map(state.outbox),
})

export const snapshotOf = (state: MemoryServerState, scope: string): ScopeSnapshot =>
  state.scopes.get(scope) ?? emptyScope

export const lockOf = (state: MemoryServerState, scope: string): SerialQueue => {
  const known = state.locks.get(scope) ?? createSerialQueue()
  state.locks.set(scope, known)
  return known
}
