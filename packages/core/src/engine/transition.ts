import { askedWait, waitFor, type RetryPolicy } from './backoff.ts'
import { fromPaused } from './from-paused.ts'
import type { EngineEvent, EngineState, Syncing, Transition, Waiting } from './states.ts'
import { comingUp, offline, run, runBeside, stay, stopped, waitOn } from './transition-parts.ts'

export const initialState: EngineState = { status: 'stopped' }

/** What happens next. Pure and total: every event has an answer in every state. */
export const transition = (state: EngineState, event: EngineEvent, policy: RetryPolicy): Transition => {
  switch (state.status) {
    case 'stopped':
      if (event.type !== 'start') return stay(state)
      return event.online ? run(0) : offline()
    case 'offline':
      return fromOffline(state, event)
    case 'syncing':
      return fromSyncing(state, event, policy)
    case 'waiting':
      return state.paused === undefined
        ? fromWaiting(state, event)
        : fromPaused({ ...state, paused: state.paused }, event)
    case 'synced':
      return fromSynced(state, event)
    case 'attention':
      return fromAttention(state, event)
    case 'blocked':
      return fromBlocked(state, event)
  }
}

const fromOffline = (state: Extract<EngineState, { status: 'offline' }>, event: EngineEvent): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped()
    // As for `requested`: the app knows better than the signal, which lies at times.
    case 'online':
    case 'requested':
      return back(state)
    case 'start':
      return event.online ? back(state) : stay(state)
    case 'offline':
    case 'written':
    case 'wake':
    case 'retryDue':
    case 'phase':
    case 'counted':
    case 'finished':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

const back = ({ asked }: Extract<EngineState, { status: 'offline' }>): Transition =>
  asked === undefined ? run(0) : waitOn(asked)

const fromSyncing = (state: Syncing, event: EngineEvent, policy: RetryPolicy): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'abort' })
    case 'offline':
      return offline({ type: 'abort' })
    case 'written':
    case 'wake':
    case 'requested':
      return stay(comingUp(state, event))
    case 'phase':
      return stay({ ...state, phase: event.phase })
    case 'finished': {
      if (state.again) return state.wait === undefined ? run(0) : runBeside(state.wait)
      if (state.wait !== undefined) return waitOn(state.wait)
      const { at, conflicts, deadLetters } = event
      return {
        state: { status: 'synced', at, queued: 0, conflicts, deadLetters },
        effects: [{ type: 'poll' }],
      }
    }
    case 'attention': {
      if (state.again) return run(0)
      const { at, entities, total } = event
      return { state: { status: 'attention', at, entities, total }, effects: [{ type: 'poll' }] }
    }
    case 'failed': {
      const { error, onlyHeld } = event
      if (error.disposition !== 'retry' && onlyHeld !== true) return stay({ status: 'blocked', error })
      if (onlyHeld === true && state.wait !== undefined) return waitOn(state.wait)
      const attempt = state.attempt + 1
      const retryAt = event.at + waitFor(policy, attempt, event)
      return waitOn({ status: 'waiting', retryAt, attempt, error, ...(onlyHeld && { onlyHeld }) })
    }
    case 'limited': {
      const { error, refusals } = event
      const retryAt = event.at + waitFor(policy, refusals, event)
      return waitOn({ status: 'waiting', retryAt, attempt: refusals, error, paused: state })
    }
    case 'start':
    case 'online':
    case 'retryDue':
    case 'counted':
      return stay(state)
  }
}

const fromWaiting = (state: Waiting, event: EngineEvent): Transition => {
  const now = run(state.attempt, [{ type: 'cancelTimer' }])
  const isAsked = askedWait(state.error) !== undefined
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' })
    case 'offline':
      return isAsked
        ? { state: { status: 'offline', asked: state }, effects: [{ type: 'cancelTimer' }] }
        : offline({ type: 'cancelTimer' })
    case 'retryDue':
      return run(state.attempt)
    // A server that said when to come back is not asked before.
    case 'online':
    case 'requested':
      return isAsked ? stay(state) : now
    case 'written':
    case 'wake':
      if (state.onlyHeld !== true) return stay(state)
      return event.type === 'written' && event.held === true
        ? now
        : runBeside(state, [{ type: 'cancelTimer' }])
    case 'start':
    case 'phase':
    case 'counted':
    case 'finished':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

const fromSynced = (state: Extract<EngineState, { status: 'synced' }>, event: EngineEvent): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' })
    case 'offline':
      return offline({ type: 'cancelTimer' })
    case 'online':
    case 'written':
    case 'wake':
    case 'requested':
      return run(0, [{ type: 'cancelTimer' }])
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
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

/** What waits is stored: each run leaves it alone until the app has confirmed it. */
const fromAttention = (state: EngineState, event: EngineEvent): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' })
    case 'offline':
      return offline({ type: 'cancelTimer' })
    case 'online':
    case 'written':
    case 'wake':
    case 'requested':
      return run(0, [{ type: 'cancelTimer' }])
    // Another tab was told, or all was cancelled.
    case 'counted':
      return event.queued === 0 ? run(0, [{ type: 'cancelTimer' }]) : stay(state)
    case 'start':
    case 'retryDue':
    case 'phase':
    case 'finished':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}

const fromBlocked = (state: EngineState, event: EngineEvent): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped()
    case 'start':
      return event.online ? run(0) : offline()
    case 'requested':
      return run(0)
    case 'online':
    case 'offline':
    case 'written':
    case 'wake':
    case 'retryDue':
    case 'phase':
    case 'counted':
    case 'finished':
    case 'attention':
    case 'failed':
    case 'limited':
      return stay(state)
  }
}
