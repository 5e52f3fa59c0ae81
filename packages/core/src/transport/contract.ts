import type { Observable } from 'rxjs'
import type { LiveInput } from '../protocol/live.ts'
import type { PreflightAnswer, PreflightInput } from '../protocol/preflight.ts'
import type { PullAnswer, PullInput } from '../protocol/pull.ts'
import type { PushAnswer, PushInput } from '../protocol/push.ts'
import type { ResumeAnswer, ResumeInput } from '../protocol/resume.ts'
import type { SnapshotAnswer, SnapshotInput } from '../protocol/snapshot.ts'
import type { LiveNews } from './live-news.ts'

export interface RequestOptions {
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal
}

/**
 * The way to the server: one method for each procedure. A refusal of the server arrives as its SyncError.
 * Rejects only with SyncError, and never retries by itself: when to try again is the engine's decision.
 */
export interface Transport {
  readonly push: (input: PushInput, options: RequestOptions) => Promise<PushAnswer>
  readonly pull: (input: PullInput, options: RequestOptions) => Promise<PullAnswer>
  readonly preflight: (input: PreflightInput, options: RequestOptions) => Promise<PreflightAnswer>
  readonly snapshot: (input: SnapshotInput, options: RequestOptions) => Promise<SnapshotAnswer>
  /**
   * What the server tells of some scopes as it happens, until it completes, or fails with a SyncError. All of it may be
   * missing: then changes are pulled every `pollEvery`. Never retries by itself.
   */
  readonly live$?: ((input: LiveInput) => Observable<LiveNews>) | undefined
  readonly resume: (input: ResumeInput, options: RequestOptions) => Promise<ResumeAnswer>
}
