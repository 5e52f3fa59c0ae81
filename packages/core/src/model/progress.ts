import type { SyncPhase } from './sync-state.ts'

/** How far a sync run is. */
export interface SyncProgress {
  /**
   * `push`: operations are sent and decided. `pull`: changes are asked for. `snapshot`: a whole scope is asked for.
   * `reset`: what is here is compared with that. `fold`: what was asked for is made visible.
   */
  readonly phase: SyncPhase | 'fold'
  /** Operations decided in this run (`push`), or changes so far. */
  readonly done: number
  /** Undefined where nobody knows. */
  readonly total?: number | undefined
}
