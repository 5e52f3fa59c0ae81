import type { StorageAdapter } from '../../storage/contract.ts'

/** A place that keeps bytes, isolated from all others, and the adapter of a first process over it. */
export interface StoragePlace {
  readonly adapter: StorageAdapter
  /**
   * Ends the process as a kill does: whatever is open or under way is abandoned, nothing is closed or flushed.
   * Answers with the adapter of a new process over the same place. Where nothing is durable the place is new.
   */
  crash(): Promise<StorageAdapter>
  /** The adapter of another tab or process beside the first. Needed where `supports.sharedAcrossTabs`. */
  neighbour?(): Promise<StorageAdapter>
  /** Frees everything, also what was abandoned. */
  dispose(): Promise<void>
}
