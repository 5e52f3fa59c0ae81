import { askedWait } from './backoff.ts'
import type { Allowance } from './metering.ts'
import type { EngineEffect, EngineEvent, Syncing, Transition, Waiting } from './states.ts'
import { comingUp, metered, offline, stay, stopped } from './transition-parts.ts'

/** A run waits: what comes up meanwhile comes up during a run. */
export const fromPaused = (
  state: Waiting & { readonly paused: Syncing },
  event: EngineEvent,
  allowed: Allowance,
): Transition => {
  const { paused, ...asked } = state
  const isAsked = askedWait(state.error) !== undefined
  const goOn = (run: Syncing, ...effects: readonly EngineEffect[]): Transition => ({
    state: run,
    effects: [...effects, { type: 'goOn' }],
  })
  switch (event.type) {
    case 'stop':
      return stopped({ type: 'cancelTimer' }, { type: 'abort' })
    case 'offline': {
      const effects = [{ type: 'cancelTimer' }, { type: 'abort' }] as const
      return isAsked ? { state: { status: 'offline', asked }, effects } : offline(...effects)
    }
    case 'allowed': {
      if (paused.metered === 'overruled') return stay(state)
      if (allowed.kind === 'nothing')
        return metered(
          allowed,
          'everything',
          [{ type: 'cancelTimer' }, { type: 'abort' }],
          isAsked ? asked : undefined,
        )
      const isPushing = paused.metered === 'pushesOnly'
      if (allowed.kind === 'all')
        return stay(isPushing ? { ...state, paused: { ...paused, again: true } } : state)
      // Its wait goes on, and a smaller run comes after it.
      return isPushing ? stay(state) : { state: asked, effects: [{ type: 'abort' }] }
    }
    case 'retryDue':
      return goOn(paused)
    case 'online':
      return isAsked ? stay(state) : goOn(paused, { type: 'cancelTimer' })
    case 'written':
    case 'wake':
    case 'requested': {
      const run = comingUp(paused, event)
      const isNow = event.type === 'requested' && !isAsked
      return isNow ? goOn(run, { type: 'cancelTimer' }) : stay({ ...state, paused: run })
    }
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
