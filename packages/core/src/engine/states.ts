import type { SyncError } from '../base/errors.ts'
import type { MeteredReason, ScopedRisk, SyncPhase, SyncState } from '../model/sync-state.ts'

/** Until when the next attempt waits, and why. */
export interface Waiting {
  readonly status: 'waiting'
  readonly retryAt: number
  readonly attempt: number
  readonly error: SyncError
  /** Only operations that are held back wait: what comes up meanwhile is done at once, and they wait on. */
  readonly onlyHeld?: true | undefined
  /** The run that waits here, and goes on afterwards: the server wants to be asked less often. */
  readonly paused?: Syncing | undefined
  /** The app asked for the run that failed, on a metered network: it is what is tried again. */
  readonly overruled?: true | undefined
}

export interface Syncing {
  readonly status: 'syncing'
  readonly phase: SyncPhase
  /** Failures since the last success. */
  readonly attempt: number
  /** Something came up meanwhile: run once more. */
  readonly again: boolean
  /** This run leaves alone what is held back: that wait goes on after it. */
  readonly wait?: Waiting | undefined
  /**
   * On a metered network where not everything is allowed. `pushesOnly`: so is this run. `overruled`: the app asked for a run,
   * and gets a whole one, now or after this one.
   */
  readonly metered?: 'pushesOnly' | 'overruled' | undefined
}

/** A metered network keeps some of it, or all, from being done. */
export interface Metered {
  readonly status: 'metered'
  readonly reason: MeteredReason
  readonly waits: 'pulls' | 'everything'
  /** As that of `offline`. */
  readonly asked?: Waiting | undefined
}

/** Where one scope's sync stands. `SyncState` is what of it is public. */
export type EngineState =
  | { readonly status: 'stopped' }
  /** `asked`: a wait that the server asked for, and that goes on when the network is back. */
  | { readonly status: 'offline'; readonly asked?: Waiting }
  | Metered
  | Syncing
  | Waiting
  | {
      readonly status: 'synced'
      readonly at: number
      /** Operations that were queued since; another tab sends them. */
      readonly queued: number
      readonly conflicts: number
      readonly deadLetters: number
    }
  /** Operations on risky records wait for the app's word; what comes up meanwhile is done. */
  | ({ readonly status: 'attention' } & Attention)
  | { readonly status: 'blocked'; readonly error: SyncError }

export interface Attention {
  readonly at: number
  readonly entities: readonly ScopedRisk[]
  readonly total: number
}

export type EngineEvent =
  /** The app wants sync. */
  | { readonly type: 'start'; readonly online: boolean }
  /** The app wants no sync. */
  | { readonly type: 'stop' }
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  /** The network is of another cost: what a run may do is not what it was. */
  | { readonly type: 'allowed' }
  /** A local write was queued. `held`: it concerns what is held back, which is tried again with it. */
  | { readonly type: 'written'; readonly held?: true }
  /** A poll is due, or somebody hinted that there is news. */
  | { readonly type: 'wake' }
  /** The app asked for a run now. */
  | { readonly type: 'requested' }
  | { readonly type: 'retryDue' }
  | { readonly type: 'phase'; readonly phase: SyncPhase }
  /** What is queued, or what waits for a person, has another number, whoever changed it. */
  | {
      readonly type: 'counted'
      readonly queued: number
      readonly conflicts: number
      readonly deadLetters: number
    }
  | {
      readonly type: 'finished'
      readonly at: number
      readonly conflicts: number
      readonly deadLetters: number
    }
  /** A run that may only push can't do so before it has fetched the scope, which it may not. */
  | { readonly type: 'deferred' }
  /** A run ended, and some wait for the app's word. */
  | ({ readonly type: 'attention' } & Attention)
  | {
      readonly type: 'failed'
      readonly error: SyncError
      readonly at: number
      readonly jitter: number
      readonly onlyHeld?: true | undefined
    }
  /** A request of the run came too soon, so many times by now: the run waits, and asks again. */
  | {
      readonly type: 'limited'
      readonly error: SyncError
      readonly refusals: number
      readonly at: number
      readonly jitter: number
    }

export type EngineEffect =
  | { readonly type: 'run'; readonly leaveHeld?: true | undefined; readonly only?: 'pushes' | undefined }
  /** Give up the run under way; what it reports later is ignored. */
  | { readonly type: 'abort' }
  /** The run that waits asks again. */
  | { readonly type: 'goOn' }
  /** Raise `retryDue` at this time of the device's clock. */
  | { readonly type: 'retryAt'; readonly at: number }
  /** Raise `wake` after the poll interval. */
  | { readonly type: 'poll' }
  | { readonly type: 'cancelTimer' }

export interface Transition {
  readonly state: EngineState
  readonly effects: readonly EngineEffect[]
}

/** The public part of a state. Synced means an empty queue, whichever tab is at it. */
export const toSyncState = (state: EngineState): SyncState => {
  switch (state.status) {
    case 'syncing':
      return { status: 'syncing', phase: state.phase }
    case 'synced': {
      const { at, queued, conflicts, deadLetters } = state
      return queued > 0
        ? { status: 'syncing', phase: 'push' }
        : { status: 'synced', at, conflicts, deadLetters }
    }
    case 'offline':
      return { status: 'offline' }
    case 'metered': {
      const { status, reason, waits } = state
      return { status, reason, waits }
    }
    case 'waiting': {
      const { status, retryAt, attempt, error } = state
      return { status, retryAt, attempt, error }
    }
    case 'stopped':
    case 'attention':
    case 'blocked':
      return state
  }
}
