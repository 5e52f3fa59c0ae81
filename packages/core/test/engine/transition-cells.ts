import { SyncError } from '@holdfast/core'
import { everything, type Allowance } from '../../src/engine/metering.ts'
import type { EngineEvent, EngineState } from '../../src/engine/states.ts'
import { transition } from '../../src/engine/transition.ts'

export type Status = EngineState['status']
export type EventType = EngineEvent['type']

/** The next status, then the effects, `push` being a run that only pushes; `stay`: the same state and nothing to do. */
export type Expected = 'stay' | `${Status}${'' | `: ${string}`}`

export const policy = { base: 1_000, cap: 60_000 }
const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})
const tooSoon = new SyncError('RATE_LIMITED', 'Not so fast.', {})

export const states: { readonly [TStatus in Status]: Extract<EngineState, { status: TStatus }> } = {
  stopped: { status: 'stopped' },
  offline: { status: 'offline' },
  metered: { status: 'metered', reason: 'cellular', waits: 'pulls' },
  syncing: { status: 'syncing', phase: 'push', attempt: 2, again: false },
  waiting: { status: 'waiting', retryAt: 5_000, attempt: 2, error: unreachable },
  synced: { status: 'synced', at: 4_000, queued: 0, conflicts: 0, deadLetters: 0 },
  attention: { status: 'attention', at: 4_000, entities: [], total: 0 },
  blocked: { status: 'blocked', error: new SyncError('AUTH_REQUIRED', 'Log in.', {}) },
}

export const events: { readonly [TType in EventType]: Extract<EngineEvent, { type: TType }> } = {
  start: { type: 'start', online: true },
  stop: { type: 'stop' },
  online: { type: 'online' },
  offline: { type: 'offline' },
  allowed: { type: 'allowed' },
  written: { type: 'written' },
  wake: { type: 'wake' },
  requested: { type: 'requested' },
  retryDue: { type: 'retryDue' },
  phase: { type: 'phase', phase: 'pull' },
  counted: { type: 'counted', queued: 0, conflicts: 1, deadLetters: 2 },
  finished: { type: 'finished', at: 9_000, conflicts: 1, deadLetters: 2 },
  deferred: { type: 'deferred' },
  attention: { type: 'attention', at: 9_000, entities: [], total: 0 },
  failed: { type: 'failed', error: unreachable, at: 9_000, jitter: 0.5 },
  limited: { type: 'limited', error: tooSoon, refusals: 1, at: 9_000, jitter: 0.5 },
}

/** A new status or event does not compile until each of its cells is written. */
export const table: Record<Status, Record<EventType, Expected>> = {
  stopped: {
    start: 'syncing: run',
    stop: 'stay',
    online: 'stay',
    offline: 'stay',
    allowed: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'stay',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  offline: {
    start: 'syncing: run',
    stop: 'stopped',
    online: 'syncing: run',
    offline: 'stay',
    allowed: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'syncing: run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  metered: {
    start: 'stay',
    stop: 'stopped',
    online: 'stay',
    offline: 'offline',
    allowed: 'syncing: run',
    written: 'syncing: run',
    wake: 'stay',
    requested: 'syncing: run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  syncing: {
    start: 'stay',
    stop: 'stopped: abort',
    online: 'stay',
    offline: 'offline: abort',
    allowed: 'stay',
    written: 'syncing',
    wake: 'syncing',
    requested: 'syncing',
    retryDue: 'stay',
    phase: 'syncing',
    counted: 'stay',
    finished: 'synced: poll',
    deferred: 'syncing: run',
    attention: 'attention: poll',
    failed: 'waiting: retryAt',
    limited: 'waiting: retryAt',
  },
  waiting: {
    start: 'stay',
    stop: 'stopped: cancelTimer',
    online: 'syncing: cancelTimer, run',
    offline: 'offline: cancelTimer',
    allowed: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'syncing: cancelTimer, run',
    retryDue: 'syncing: cancelTimer, run',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  synced: {
    start: 'stay',
    stop: 'stopped: cancelTimer',
    online: 'syncing: cancelTimer, run',
    offline: 'offline: cancelTimer',
    allowed: 'syncing: cancelTimer, run',
    written: 'syncing: cancelTimer, run',
    wake: 'syncing: cancelTimer, run',
    requested: 'syncing: cancelTimer, run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'synced',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  attention: {
    start: 'stay',
    stop: 'stopped: cancelTimer',
    online: 'syncing: cancelTimer, run',
    offline: 'offline: cancelTimer',
    allowed: 'syncing: cancelTimer, run',
    written: 'syncing: cancelTimer, run',
    wake: 'syncing: cancelTimer, run',
    requested: 'syncing: cancelTimer, run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'syncing: cancelTimer, run',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  blocked: {
    start: 'syncing: run',
    stop: 'stopped',
    online: 'stay',
    offline: 'stay',
    allowed: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'syncing: run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    deferred: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
}

export const observed = (
  state: EngineState,
  event: EngineEvent,
  allowed: Allowance = everything,
): Expected => {
  const next = transition(state, event, policy, allowed)
  if (next.state === state && next.effects.length === 0) return 'stay'
  const effects = next.effects
    .map((effect) => (effect.type === 'run' && effect.only === 'pushes' ? 'push' : effect.type))
    .join(', ')
  return effects === '' ? next.state.status : `${next.state.status}: ${effects}`
}

export const cells = (Object.keys(table) as Status[]).flatMap((status) =>
  (Object.keys(table[status]) as EventType[]).map((event) => [status, event] as const),
)
