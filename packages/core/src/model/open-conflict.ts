import type { RecordData } from './record.ts'

/** A question that waits for a person: somebody else changed what this device changed too. */
export interface OpenConflict {
  /** Names the conflict as it is shown here; another one once either side changes, or more is disputed. */
  readonly id: string
  readonly scope: string
  readonly collection: string
  readonly recordId: string
  /** What is disputed, sorted; `$deleted` stands for being deleted. */
  readonly fields: readonly string[]
  /** The record as this device would have it; undefined where it deleted it. */
  readonly mine: RecordData | undefined
  /** The server's record; undefined where it is deleted there. */
  readonly theirs: RecordData | undefined
  /** The server's version that `theirs` shows; the answer is checked against it. */
  readonly serverVersion: number
  /** Who made the disputed change, and when (milliseconds since 1970). */
  readonly updatedBy: string
  readonly updatedAt: number
  /** Answered; the answer takes effect once the other conflicts of the same transaction are answered too. */
  readonly answered: boolean
  /** The operations that wait for the answer, oldest first. */
  readonly operations: readonly string[]
}
