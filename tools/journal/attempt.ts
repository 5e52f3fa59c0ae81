import type { Changes, ScopeState } from '@holdfast/server'

/** A transaction that changes something, as it was when it was about to commit. */
export interface Attempt {
  readonly id: string
  /** One for each scope: two for a record that moves. */
  readonly parts: readonly Part[]
}

export interface Part {
  readonly scope: string
  /** What the transaction found under the lock of the scope. */
  readonly before: ScopeState
  readonly saved: readonly Changes[]
}

/** Where a process tells what it does. Both return only when the note outlives the process. */
export interface JournalSink {
  /** Told inside the transaction: whether it commits is not known yet. */
  readonly attempt: (attempt: Attempt) => void
  readonly committed: (attemptId: string) => void
}

/** What the processes told, whatever became of them since. */
export interface Told {
  readonly attempts: readonly Attempt[]
  readonly committed: ReadonlySet<string>
}
