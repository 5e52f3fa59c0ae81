import { askedWait, waitFor, type RetryPolicy } from './backoff.ts'
import type { EngineEffect, EngineEvent, EngineState, Transition, Waiting } from './states.ts'

export const initialState: EngineState = { status: 'stopped' }

const run = (attempt: number, effects: readonly EngineEffect[] = []): Transition => ({
  state: { status: 'syncing', phase: 'pull', attempt, again: false },
  effects: [...effects, { type: 'run' }],
})

/** A run beside a wait for what is held back. */
const runBeside = (wait: Waiting, effects: readonly EngineEffect[] = []): Transition => ({
  state: { status: 'syncing', phase: 'pull', attempt: wait.attempt, again: false, wait },
  effects: [...effects, { type: 'run', leaveHeld: true }],
})

const waitOn = (wait: Waiting): Transition => ({
  state: wait,
  effects: [
    { type: 'retryAt', at: wait.retryAt },
    // It is a long one.
    ...(wait.error.code === 'TOO_LARGE' ? [{ type: 'poll' } as const] : []),
  ],
})

const stay = (state: EngineState): Transition => ({ state, effects: [] })

const stopped = (...effects: readonly EngineEffect[]): Transition => ({
  state: { status: 'stopped' },
  effects,
})
const offline = (...effects: readonly EngineEffect[]): Transition => ({
  state: { status: 'offline' },
  effects,
})

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
      return fromWaiting(state, event)
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
      return stay(state)
  }
}

const back = ({ asked }: Extract<EngineState, { status: 'offline' }>): Transition =>
  asked === undefined ? run(0) : waitOn(asked)

const fromSyncing = (
  state: Extract<EngineState, { status: 'syncing' }>,
  event: EngineEvent,
  policy: RetryPolicy,
): Transition => {
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'abort' })
    case 'offline':
      return offline({ type: 'abort' })
    case 'written':
      return stay({ ...state, again: true, wait: event.held === true ? undefined : state.wait })
    case 'wake':
      return stay({ ...state, again: true })
    case 'requested':
      return stay({ ...state, again: true, wait: undefined })
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
      return stay(state)
  }
}
