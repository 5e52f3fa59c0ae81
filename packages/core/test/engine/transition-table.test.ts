import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import type { EngineEvent, EngineState } from '../../src/engine/states.ts'
import { transition } from '../../src/engine/transition.ts'

type Status = EngineState['status']
type EventType = EngineEvent['type']

/** The next status, then the effects; `stay`: the same state and nothing to do. */
type Expected = 'stay' | `${Status}${'' | `: ${string}`}`

const policy = { base: 1_000, cap: 60_000 }
const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})
const tooSoon = new SyncError('RATE_LIMITED', 'Not so fast.', {})

const states: { readonly [TStatus in Status]: Extract<EngineState, { status: TStatus }> } = {
  stopped: { status: 'stopped' },
  offline: { status: 'offline' },
  syncing: { status: 'syncing', phase: 'push', attempt: 2, again: false },
  waiting: { status: 'waiting', retryAt: 5_000, attempt: 2, error: unreachable },
  synced: { status: 'synced', at: 4_000, queued: 0, conflicts: 0, deadLetters: 0 },
  attention: { status: 'attention', at: 4_000, entities: [], total: 0 },
  blocked: { status: 'blocked', error: new SyncError('AUTH_REQUIRED', 'Log in.', {}) },
}

const events: { readonly [TType in EventType]: Extract<EngineEvent, { type: TType }> } = {
  start: { type: 'start', online: true },
  stop: { type: 'stop' },
  online: { type: 'online' },
  offline: { type: 'offline' },
  written: { type: 'written' },
  wake: { type: 'wake' },
  requested: { type: 'requested' },
  retryDue: { type: 'retryDue' },
  phase: { type: 'phase', phase: 'pull' },
  counted: { type: 'counted', queued: 0, conflicts: 1, deadLetters: 2 },
  finished: { type: 'finished', at: 9_000, conflicts: 1, deadLetters: 2 },
  attention: { type: 'attention', at: 9_000, entities: [], total: 0 },
  failed: { type: 'failed', error: unreachable, at: 9_000, jitter: 0.5 },
  limited: { type: 'limited', error: tooSoon, refusals: 1, at: 9_000, jitter: 0.5 },
}

/** A new status or event does not compile until each of its cells is written. */
const table: Record<Status, Record<EventType, Expected>> = {
  stopped: {
    start: 'syncing: run',
    stop: 'stay',
    online: 'stay',
    offline: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'stay',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  offline: {
    start: 'syncing: run',
    stop: 'stopped',
    online: 'syncing: run',
    offline: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'syncing: run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  syncing: {
    start: 'stay',
    stop: 'stopped: abort',
    online: 'stay',
    offline: 'offline: abort',
    written: 'syncing',
    wake: 'syncing',
    requested: 'syncing',
    retryDue: 'stay',
    phase: 'syncing',
    counted: 'stay',
    finished: 'synced: poll',
    attention: 'attention: poll',
    failed: 'waiting: retryAt',
    limited: 'waiting: retryAt',
  },
  waiting: {
    start: 'stay',
    stop: 'stopped: cancelTimer',
    online: 'syncing: cancelTimer, run',
    offline: 'offline: cancelTimer',
    written: 'stay',
    wake: 'stay',
    requested: 'syncing: cancelTimer, run',
    retryDue: 'syncing: run',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  synced: {
    start: 'stay',
    stop: 'stopped: cancelTimer',
    online: 'syncing: cancelTimer, run',
    offline: 'offline: cancelTimer',
    written: 'syncing: cancelTimer, run',
    wake: 'syncing: cancelTimer, run',
    requested: 'syncing: cancelTimer, run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'synced',
    finished: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  attention: {
    start: 'stay',
    stop: 'stopped: cancelTimer',
    online: 'syncing: cancelTimer, run',
    offline: 'offline: cancelTimer',
    written: 'syncing: cancelTimer, run',
    wake: 'syncing: cancelTimer, run',
    requested: 'syncing: cancelTimer, run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'syncing: cancelTimer, run',
    finished: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
  blocked: {
    start: 'syncing: run',
    stop: 'stopped',
    online: 'stay',
    offline: 'stay',
    written: 'stay',
    wake: 'stay',
    requested: 'syncing: run',
    retryDue: 'stay',
    phase: 'stay',
    counted: 'stay',
    finished: 'stay',
    attention: 'stay',
    failed: 'stay',
    limited: 'stay',
  },
}

const observed = (state: EngineState, event: EngineEvent): Expected => {
  const next = transition(state, event, policy)
  if (next.state === state && next.effects.length === 0) return 'stay'
  const effects = next.effects.map(({ type }) => type).join(', ')
  return effects === '' ? next.state.status : `${next.state.status}: ${effects}`
}

const cells = (Object.keys(table) as Status[]).flatMap((status) =>
  (Object.keys(table[status]) as EventType[]).map((event) => [status, event] as const),
)

describe('[EN1] every state answers every event', () => {
  test.each(cells)('%s, %s', (status, event) => {
    expect(observed(states[status], events[event])).toBe(table[status][event])
  })

  test.each(cells)('%s, %s: the same answer each time, and the input as it was', (status, event) => {
    const before = structuredClone({ ...states[status], error: undefined })
    const [first, second] = [1, 2].map(() => transition(states[status], events[event], policy))
    expect(first).toEqual(second)
    expect({ ...states[status], error: undefined }).toEqual(before)
  })
})

test('[EN2] stop leads to stopped from everywhere, and stopped hears only start', () => {
  for (const state of Object.values(states)) {
    expect(transition(state, events.stop, policy).state.status).toBe('stopped')
  }
  const leaving = Object.values(events).filter((event) => observed(states.stopped, event) !== 'stay')
  expect(leaving).toEqual([events.start])
})
