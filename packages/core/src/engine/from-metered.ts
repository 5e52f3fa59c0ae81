import type { Allowance } from './metering.ts'
import type { EngineEvent, Metered, Transition } from './states.ts'
import { begin, beginAsked, offline, stay, stopped, waitOn } from './transition-parts.ts'

/** A metered network keeps some of it from being done, until it is another one, or the app asks for it. */
export const fromMetered = (state: Metered, event: EngineEvent, allowed: Allowance): Transition => {
  const { asked } = state
  switch (event.type) {
    case 'stop':
      return stopped()
    case 'offline':
      return asked === undefined ? offline() : { state: { status: 'offline', asked }, effects: [] }
    case 'allowed':
      if (allowed.kind !== 'all')
        return stay(allowed.reason === state.reason ? state : { ...state, reason: allowed.reason })
      return asked === undefined ? begin(0, allowed) : waitOn(asked, allowed)
    case 'requested':
      return asked === undefined ? beginAsked(0, allowed) : waitOn(asked, allowed)
    case 'written':
      return allowed.kind === 'nothing' || asked !== undefined ? stay(state) : begin(0, allowed)
    case 'start':
    case 'online':
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
