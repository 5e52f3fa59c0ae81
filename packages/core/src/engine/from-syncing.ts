import { waitFor, type RetryPolicy } from './backoff.ts'
import type { Allowance } from './metering.ts'
import type { EngineEvent, Syncing, Transition } from './states.ts'
import {
  begin,
  comingUp,
  goOver,
  metered,
  offline,
  pollIf,
  restOf,
  stay,
  stopped,
  waitOn,
} from './transition-parts.ts'

export const fromSyncing = (
  state: Syncing,
  event: EngineEvent,
  policy: RetryPolicy,
  allowed: Allowance,
): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'abort' })
    case 'offline':
      return offline({ type: 'abort' })
    case 'allowed':
      return onAllowed(state, allowed)
    case 'written':
    case 'wake':
    case 'requested':
      return stay(comingUp(state, event))
    case 'phase':
      return stay({ ...state, phase: event.phase })
    case 'finished': {
      if (state.again) return goOver(state, allowed)
      if (state.wait !== undefined) return waitOn(state.wait, allowed)
      const { at, conflicts, deadLetters } = event
      return state.metered === 'pushesOnly'
        ? rest(allowed)
        : {
            state: { status: 'synced', at, queued: 0, conflicts, deadLetters },
            effects: pollIf(allowed),
          }
    }
    case 'deferred':
      if (state.metered === 'overruled') return goOver(state, allowed)
      return allowed.kind === 'all' ? begin(0, allowed) : metered(allowed, 'everything')
    case 'attention': {
      if (state.again) return goOver({ ...state, wait: undefined }, allowed)
      const { at, entities, total } = event
      return { state: { status: 'attention', at, entities, total }, effects: pollIf(allowed) }
    }
    case 'failed': {
      const { error, onlyHeld } = event
      if (error.disposition !== 'retry' && onlyHeld !== true) return stay({ status: 'blocked', error })
      if (onlyHeld === true && state.wait !== undefined) return waitOn(state.wait, allowed)
      const attempt = state.attempt + 1
      const retryAt = event.at + waitFor(policy, attempt, event)
      const how =
        onlyHeld === true ? { onlyHeld } : state.metered === 'overruled' && { overruled: true as const }
      return waitOn({ status: 'waiting', retryAt, attempt, error, ...how }, allowed)
    }
    case 'limited': {
      const { error, refusals } = event
      const retryAt = event.at + waitFor(policy, refusals, event)
      return waitOn({ status: 'waiting', retryAt, attempt: refusals, error, paused: state }, allowed)
    }
    case 'start':
    case 'online':
    case 'retryDue':
    case 'counted':
      return stay(state)
  }
}

/** Pulls were left out, so this is the end where they still are to be. */
const rest = (allowed: Allowance): Transition =>
  allowed.kind === 'all' ? begin(0, allowed) : metered(allowed, restOf(allowed))

/** A run that does more than it may is given up: what it has sent and fetched is stored, and counts. */
const onAllowed = (state: Syncing, allowed: Allowance): Transition => {
  if (state.metered === 'overruled') return stay(state)
  switch (allowed.kind) {
    case 'all':
      return stay(state.metered === undefined ? state : { ...state, again: true })
    case 'pushes':
      return state.metered === 'pushesOnly' ? stay(state) : begin(0, allowed, [{ type: 'abort' }])
    case 'nothing':
      return metered(allowed, 'everything', [{ type: 'abort' }])
  }
}
