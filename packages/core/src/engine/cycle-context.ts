import type { Environment } from '../base/environment.ts'
import type { SyncError } from '../base/errors.ts'
import type { Schema } from '../model/schema.ts'
import type { SyncActivity } from '../model/events.ts'
import type { SyncProgress } from '../model/progress.ts'
import type { SyncPhase } from '../model/sync-state.ts'
import type { RecordAddress } from '../oplog/keys.ts'
import type { Frugal } from './frugal.ts'
import type { LookAheadPolicy } from './look-ahead-policy.ts'
import type { BatchLimits } from '../oplog/batch/draft.ts'
import type { SessionTime } from '../base/session-time.ts'
import type { CoreParts } from '../plugin/core-part.ts'
import type { HookRunner } from '../plugin/hook-runner.ts'
import type { Store } from '../storage/store.ts'
import type { Transport } from '../transport/contract.ts'

export interface OtherScopes {
  readonly isJoined: (scope: string) => boolean
  /** There is something to pull. */
  readonly wake: (scope: string) => void
}

/** All that one scope's sync needs. */
export interface CycleContext {
  readonly scope: string
  readonly store: Store
  readonly schema: Schema
  readonly transport: Transport
  readonly environment: Environment
  readonly hooks: HookRunner
  readonly coreParts: CoreParts
  /** Without it no operation has an age. */
  readonly session?: SessionTime | undefined
  /** Of the largest batch. */
  readonly batchLimits: BatchLimits
  /** What the answer to a batch should take at most, in milliseconds. */
  readonly answerMs: number
  /** When a run asks ahead, and what then waits. */
  readonly lookAhead: LookAheadPolicy
  /** Most records of a page that is asked for. */
  readonly pageLimit: number
  /** Pulls only what a push needs, and fetches no scope whole. */
  readonly frugal?: Frugal | undefined
  /** The other scopes of this client. */
  readonly others: OtherScopes
  /**
   * Resolves when a request that was refused for coming too soon may be sent again; `refusals`: how often it was. Rejects
   * where the run is given up. Without it the run ends there.
   */
  readonly pause?: ((error: SyncError<'RATE_LIMITED'>, refusals: number) => Promise<void>) | undefined
  readonly onPhase: (phase: SyncPhase) => void
  /** Told after each step of what takes several. */
  readonly onProgress: (progress: SyncProgress) => void
  /** Tells what was done. The event is only made where somebody listens. */
  readonly tell: (make: () => SyncActivity) => void
  readonly onConflicts: (records: readonly RecordAddress[]) => void
  /** A failure that ends nothing, for logs and events. */
  readonly onProblem: (error: SyncError) => void
}
