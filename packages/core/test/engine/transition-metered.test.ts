import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import type { Allowance } from '../../src/engine/metering.ts'
import { toSyncState, type EngineEvent, type EngineState, type Syncing } from '../../src/engine/states.ts'
import { transition } from '../../src/engine/transition.ts'
import {
  cells,
  events,
  observed,
  policy,
  states,
  table,
  type EventType,
  type Expected,
  type Status,
} from './transition-cells.ts'

const all: Allowance = { kind: 'all' }
const pushes: Allowance = { kind: 'pushes', reason: 'cellular' }
const nothing: Allowance = { kind: 'nothing', reason: 'cellular' }

type Differences = Partial<Record<Status, Partial<Record<EventType, Expected>>>>

/** What is answered otherwise than where everything is allowed. */
const pushing: Differences = {
  stopped: { start: 'syncing: push' },
  offline: { start: 'syncing: push', online: 'syncing: push' },
  metered: { allowed: 'stay', written: 'syncing: push' },
  syncing: {
    allowed: 'syncing: abort, push',
    finished: 'synced',
    deferred: 'metered',
    attention: 'attention',
  },
  waiting: { online: 'syncing: cancelTimer, push', retryDue: 'syncing: cancelTimer, push' },
  synced: {
    online: 'metered: cancelTimer',
    allowed: 'metered: cancelTimer',
    written: 'syncing: cancelTimer, push',
    wake: 'metered: cancelTimer',
  },
  attention: {
    online: 'stay',
    allowed: 'attention: cancelTimer',
    written: 'syncing: cancelTimer, push',
    wake: 'stay',
    counted: 'syncing: cancelTimer, push',
  },
  blocked: { start: 'syncing: push' },
}

const waiting: Differences = {
  stopped: { start: 'metered' },
  offline: { start: 'metered', online: 'metered' },
  metered: { allowed: 'stay', written: 'stay' },
  syncing: {
    allowed: 'metered: abort',
    finished: 'synced',
    deferred: 'metered',
    attention: 'attention',
  },
  waiting: {
    online: 'metered: cancelTimer',
    retryDue: 'metered: cancelTimer',
    allowed: 'metered: cancelTimer',
  },
  synced: {
    online: 'metered: cancelTimer',
    allowed: 'metered: cancelTimer',
    written: 'metered: cancelTimer',
    wake: 'metered: cancelTimer',
  },
  attention: {
    online: 'stay',
    allowed: 'attention: cancelTimer',
    written: 'stay',
    wake: 'stay',
    counted: 'metered: cancelTimer',
  },
  blocked: { start: 'metered' },
}

describe.each([
  { name: 'only pushes are allowed', allowed: pushes, differences: pushing },
  { name: 'nothing is allowed', allowed: nothing, differences: waiting },
])('[EN1] every state answers every event where $name', ({ allowed, differences }) => {
  test.each(cells)('%s, %s', (status, event) => {
    const expected = differences[status]?.[event]
    expect(expected).not.toBe(table[status][event])
    expect(observed(states[status], events[event], allowed)).toBe(expected ?? table[status][event])
  })
})

const follow = (
  state: EngineState,
  ...steps: readonly (readonly [EngineEvent, Allowance])[]
): ReturnType<typeof transition> =>
  steps.reduce<ReturnType<typeof transition>>(
    (before, [event, allowed]) => transition(before.state, event, policy, allowed),
    { state, effects: [] },
  )

const syncing = (metered?: Syncing['metered'], again = false): Syncing => ({
  ...{ status: 'syncing', phase: 'pull', attempt: 0, again },
  ...(metered && { metered }),
})
const failed: EngineEvent = {
  type: 'failed',
  error: new SyncError('NETWORK_UNREACHABLE', 'Try later.', {}),
  at: 9_000,
  jitter: 0.5,
}
const tooSoon = new SyncError('RATE_LIMITED', 'Not so fast.', { retryAfterMs: 30_000 })
const limited: EngineEvent = { type: 'limited', error: tooSoon, refusals: 1, at: 9_000, jitter: 0.5 }

test('[CN15] a run that only pushed rests, and one more comes with each write', () => {
  const rests = { status: 'metered', reason: 'cellular', waits: 'pulls' }
  expect(follow(syncing('pushesOnly'), [events.finished, pushes])).toEqual({ state: rests, effects: [] })
  const again = follow(syncing('pushesOnly'), [events.written, pushes], [events.finished, pushes])
  expect(again).toEqual({ state: syncing('pushesOnly'), effects: [{ type: 'run', only: 'pushes' }] })
})

test('[CN14] [CN15] an unmetered network makes a whole run, after the one that only pushes', () => {
  const during = follow(syncing('pushesOnly'), [events.allowed, all], [events.finished, all])
  expect(during).toEqual({ state: syncing(), effects: [{ type: 'run' }] })
  // Also where that was told only at its end.
  expect(follow(syncing('pushesOnly'), [events.finished, all]).effects).toEqual([{ type: 'run' }])
})

test('[CN16] a run that had to fetch the scope says that everything waits', () => {
  const deferred = follow(syncing('pushesOnly'), [{ type: 'deferred' }, pushes])
  expect(toSyncState(deferred.state)).toEqual({ status: 'metered', reason: 'cellular', waits: 'everything' })
  expect(follow(syncing('pushesOnly'), [{ type: 'deferred' }, all]).effects).toEqual([{ type: 'run' }])
})

test.each([pushes, nothing])(
  '[CN18] a run that was asked for is whole, whatever is said meanwhile',
  (allowed) => {
    const overruled = { state: syncing('overruled'), effects: [{ type: 'run' }] }
    const rest = follow(syncing(), [events.finished, all], [events.allowed, allowed]).state
    expect(follow(rest, [events.requested, allowed])).toEqual(overruled)
    expect(follow(rest, [events.requested, allowed], [events.allowed, allowed]).state).toEqual(
      overruled.state,
    )
    const ended = follow(syncing('overruled'), [events.finished, allowed])
    expect(ended.state.status).toBe('synced')
    expect(ended.effects).toEqual([])
  },
)

test('[CN18] asked for during a run that only pushes it comes after that one', () => {
  const asked = follow(syncing('pushesOnly'), [events.requested, pushes], [events.finished, pushes])
  expect(asked).toEqual({ state: syncing('overruled'), effects: [{ type: 'run' }] })
  // Where that one can't go on, too.
  const deferred = follow(syncing('pushesOnly'), [events.requested, pushes], [{ type: 'deferred' }, pushes])
  expect(deferred).toEqual(asked)
})

test('[CN18] what was asked for and failed is tried again whole; losing the network ends it', () => {
  const waits = follow(syncing('overruled'), [failed, nothing])
  expect(waits.state).toMatchObject({ status: 'waiting', overruled: true })
  expect(follow(waits.state, [events.allowed, nothing])).toEqual({ state: waits.state, effects: [] })
  expect(follow(waits.state, [events.retryDue, nothing]).state).toMatchObject({ metered: 'overruled' })
  const back = follow(waits.state, [events.offline, nothing], [events.online, nothing])
  expect(back.state).toMatchObject({ status: 'metered', waits: 'everything' })
})

test('[CN19] [EN9] a wait that the server asked for goes on behind a metered network', () => {
  const asked = follow(syncing(), [limited, all]).state
  const saved = follow(asked, [events.allowed, nothing])
  expect(saved.effects).toEqual([{ type: 'cancelTimer' }, { type: 'abort' }])
  expect(toSyncState(saved.state)).toEqual({ status: 'metered', reason: 'cellular', waits: 'everything' })
  const on = [{ type: 'retryAt', at: 39_500 }]
  expect(follow(saved.state, [events.allowed, all]).effects).toEqual(on)
  expect(follow(saved.state, [events.requested, nothing]).effects).toEqual(on)
  const away = follow(saved.state, [events.offline, nothing], [events.online, all])
  expect(away.effects).toEqual(on)
})

test('[CN19] [EN44] a run that waits is given up where less is allowed, and its wait goes on', () => {
  const paused = follow(syncing(), [limited, all]).state
  const less = follow(paused, [events.allowed, pushes])
  expect(less.effects).toEqual([{ type: 'abort' }])
  expect(follow(less.state, [events.retryDue, pushes]).effects).toEqual([
    { type: 'cancelTimer' },
    { type: 'run', only: 'pushes' },
  ])
  const pushing = follow(syncing('pushesOnly'), [limited, pushes]).state
  expect(follow(pushing, [events.allowed, pushes])).toEqual({ state: pushing, effects: [] })
  const more = follow(pushing, [events.allowed, all], [events.retryDue, all])
  expect(more).toEqual({ state: syncing('pushesOnly', true), effects: [{ type: 'goOn' }] })
  const overruled = follow(syncing('overruled'), [limited, nothing]).state
  expect(follow(overruled, [events.allowed, nothing])).toEqual({ state: overruled, effects: [] })
})

test('[CN14] the state tells another reason when there is one', () => {
  const dataSaver: Allowance = { kind: 'nothing', reason: 'dataSaver' }
  const next = follow(states.metered, [events.allowed, dataSaver])
  expect(next).toEqual({ state: { ...states.metered, reason: 'dataSaver' }, effects: [] })
})

test('[CN15] [EN37] what is held back leaves a write that comes up alone to be pushed, and a hint waits', () => {
  const held: EngineState = { ...states.waiting, onlyHeld: true }
  const beside = follow(held, [events.written, pushes])
  expect(beside.effects).toEqual([{ type: 'cancelTimer' }, { type: 'run', only: 'pushes', leaveHeld: true }])
  expect(follow(beside.state, [events.finished, pushes]).state).toEqual(held)
  expect(follow(held, [events.wake, pushes])).toEqual({ state: held, effects: [] })
  expect(follow(held, [events.written, nothing])).toEqual({ state: held, effects: [] })
})
