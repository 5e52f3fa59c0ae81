import { askedWait, type RetryPolicy } from './backoff.ts'
import { fromMetered } from './from-metered.ts'
import { fromPaused } from './from-paused.ts'
import { fromSyncing } from './from-syncing.ts'
import { everything, type Allowance } from './metering.ts'
import type { EngineEffect, EngineEvent, EngineState, Transition, Waiting } from './states.ts'
import {
  begin,
  beginAsked,
  beginBeside,
  metered,
  offline,
  restOf,
  stay,
  stopped,
  waitOn,
} from './transition-parts.ts'

export const initialState: EngineState = { status: 'stopped' }

/**
 * What happens next. Pure and total: every event has an answer in every state.
 * @param allowed what a run may do on the network as it is now
 */
export const transition = (
  state: EngineState,
  event: EngineEvent,
  policy: RetryPolicy,
  allowed: Allowance = everything,
): Transition => {
  switch (state.status) {
    case 'stopped':
      if (event.type !== 'start') return stay(state)
      return event.online ? begin(0, allowed) : offline()
    case 'offline':
      return fromOffline(state, event, allowed)
    case 'metered':
      return fromMetered(state, event, allowed)
    case 'syncing':
      return fromSyncing(state, event, policy, allowed)
    case 'waiting':
      return state.paused === undefined
        ? fromWaiting(state, event, allowed)
        : fromPaused({ ...state, paused: state.paused }, event, allowed)
    case 'synced':
      return fromSynced(state, event, allowed)
    case 'attention':
      return fromAttention(state, event, allowed)
    case 'blocked':
      return fromBlocked(state, event, allowed)
  }
}

const fromOffline = (
  state: Extract<EngineState, { status: 'offline' }>,
  event: EngineEvent,
  allowed: Allowance,
): Transition => {
  const { asked } = state
  switch (event.type) {
    case 'stop':
      return stopped()
    case 'online':
      return asked === undefined ? begin(0, allowed) : waitOn(asked, allowed)
    // The app knows better than the signal, which lies at times.
    case 'requested':
      return asked === undefined ? beginAsked(0, allowed) : waitOn(asked, allowed)
    case 'start':
      if (!event.online) return stay(state)
      return asked === undefined ? begin(0, allowed) : waitOn(asked, allowed)
    case 'offline':
    case 'allowed':
    case 'written':
    case 'wake':
    case 'retryDue':
    case 'phase':
    case 'counted':
    case 'finished':
    case 'deferred':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

const fromWaiting = (state: Waiting, event: EngineEvent, allowed: Allowance): Transition => {
  const isAsked = askedWait(state.error) !== undefined
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' })
    case 'offline':
      return isAsked
        ? { state: { status: 'offline', asked: state }, effects: [{ type: 'cancelTimer' }] }
        : offline({ type: 'cancelTimer' })
    case 'allowed':
      return allowed.kind === 'nothing' && state.overruled !== true
        ? metered(allowed, 'everything', [{ type: 'cancelTimer' }], isAsked ? state : undefined)
        : stay(state)
    case 'retryDue':
      // The poll of a long wait may still be due.
      return again(state, allowed, [{ type: 'cancelTimer' }])
    // A server that said when to come back is not asked before.
    case 'online':
      return isAsked ? stay(state) : again(state, allowed, [{ type: 'cancelTimer' }])
    case 'requested':
      return isAsked ? stay(state) : beginAsked(state.attempt, allowed, [{ type: 'cancelTimer' }])
    case 'written':
      if (state.onlyHeld !== true) return stay(state)
      return event.held === true
        ? begin(state.attempt, allowed, [{ type: 'cancelTimer' }])
        : beginBeside(state, allowed, [{ type: 'cancelTimer' }])
    case 'wake':
      return state.onlyHeld === true && allowed.kind === 'all'
        ? beginBeside(state, allowed, [{ type: 'cancelTimer' }])
        : stay(state)
    case 'start':
    case 'phase':
    case 'counted':
    case 'finished':
    case 'deferred':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

const again = (
  { attempt, overruled }: Waiting,
  allowed: Allowance,
  effects: readonly EngineEffect[] = [],
): Transition =>
  overruled === true ? beginAsked(attempt, allowed, effects) : begin(attempt, allowed, effects)

const fromSynced = (
  state: Extract<EngineState, { status: 'synced' }>,
  event: EngineEvent,
  allowed: Allowance,
): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' })
    case 'offline':
      return offline({ type: 'cancelTimer' })
    case 'written':
      return begin(0, allowed, [{ type: 'cancelTimer' }])
    case 'requested':
      return beginAsked(0, allowed, [{ type: 'cancelTimer' }])
    case 'allowed':
    case 'online':
    case 'wake':
      return allowed.kind === 'all'
        ? begin(0, allowed, [{ type: 'cancelTimer' }])
        : metered(allowed, restOf(allowed), [{ type: 'cancelTimer' }])
    case 'counted': {
      const { queued, conflicts, deadLetters } = event
      const isSame =
        queued === state.queued && conflicts === state.conflicts && deadLetters === state.deadLetters
      return stay(isSame ? state : { ...state, queued, conflicts, deadLetters })
    }
    case 'start':
    case 'retryDue':
    case 'phase':
    case 'finished':
    case 'deferred':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

/** What waits is stored: each run leaves it alone until the app has confirmed it. */
const fromAttention = (state: EngineState, event: EngineEvent, allowed: Allowance): Transition => {
  const go = (): Transition =>
    allowed.kind === 'nothing' ? stay(state) : begin(0, allowed, [{ type: 'cancelTimer' }])
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' })
    case 'offline':
      return offline({ type: 'cancelTimer' })
    case 'requested':
      return beginAsked(0, allowed, [{ type: 'cancelTimer' }])
    case 'written':
      return go()
    case 'allowed':
      return allowed.kind === 'all' ? go() : { state, effects: [{ type: 'cancelTimer' }] }
    case 'online':
    case 'wake':
      return allowed.kind === 'all' ? go() : stay(state)
    // Another tab was told, or all was cancelled.
    case 'counted':
      return event.queued === 0 ? begin(0, allowed, [{ type: 'cancelTimer' }]) : stay(state)
    case 'start':
    case 'retryDue':
    case 'phase':
    case 'finished':
    case 'deferred':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

const fromBlocked = (state: EngineState, event: EngineEvent, allowed: Allowance): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped()
    case 'start':
      return event.online ? begin(0, allowed) : offline()
    case 'requested':
      return beginAsked(0, allowed)
    case 'online':
    case 'offline':
    case 'allowed':
    case 'written':
    case 'wake':
    case 'retryDue':
    case 'phase':
    case 'counted':
    case 'finished':
    case 'deferred':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}
