import { expect, test } from 'vitest'
import { SyncError, dispositions, type ErrorCode } from '@holdfast/core'
import { toSyncState, type EngineEvent, type EngineState } from '../../src/engine/states.ts'
import { transition } from '../../src/engine/transition.ts'

const policy = { base: 1_000, cap: 60_000 }
const syncing = (attempt = 0, again = false): EngineState => ({
  status: 'syncing',
  phase: 'pull',
  attempt,
  again,
})
const failed = (error: SyncError, jitter = 0.5): EngineEvent => ({ type: 'failed', error, at: 9_000, jitter })
const finished: EngineEvent = { type: 'finished', at: 9_000, conflicts: 1, deadLetters: 2 }
const errorOf = (code: ErrorCode): SyncError => new SyncError(code, 'It says why.', {})
const patience = new SyncError('RATE_LIMITED', 'Not so fast.', { retryAfterMs: 30_000 })
const asked: EngineState = { status: 'waiting', retryAt: 39_000, attempt: 1, error: patience }

const follow = (state: EngineState, ...events: readonly EngineEvent[]): ReturnType<typeof transition> =>
  events.reduce<ReturnType<typeof transition>>((before, event) => transition(before.state, event, policy), {
    state,
    effects: [],
  })

test('[EN3] without a network a start waits for one', () => {
  const start: EngineEvent = { type: 'start', online: false }
  expect(follow({ status: 'stopped' }, start)).toEqual({ state: { status: 'offline' }, effects: [] })
  expect(follow({ status: 'blocked', error: patience }, start)).toEqual({
    state: { status: 'offline' },
    effects: [],
  })
  expect(follow({ status: 'offline' }, start)).toEqual({ state: { status: 'offline' }, effects: [] })
})

test.each(['written', 'wake', 'requested'] as const)(
  '[EN6] %s during a run is one more run, and only one',
  (type) => {
    const once = follow(syncing(), { type }, { type }, { type }, finished)
    expect(once).toEqual({ state: syncing(), effects: [{ type: 'run' }] })
    expect(follow(once.state, finished).state.status).toBe('synced')
  },
)

test.each(Object.keys(dispositions) as ErrorCode[])(
  '[EN7] %s: what passes is tried again, all else blocks',
  (code) => {
    const error = errorOf(code)
    const waiting = {
      state: { status: 'waiting', retryAt: 9_500, attempt: 1, error },
      effects: [{ type: 'retryAt', at: 9_500 }],
    }
    const blocked = { state: { status: 'blocked', error }, effects: [] }
    expect(follow(syncing(), failed(error))).toEqual(dispositions[code] === 'retry' ? waiting : blocked)
  },
)

test('[EN8] a finished run tells what waits for a person, and counts failures anew', () => {
  expect(follow(syncing(5), finished)).toEqual({
    state: { status: 'synced', at: 9_000, queued: 0, conflicts: 1, deadLetters: 2 },
    effects: [{ type: 'poll' }],
  })
  const again = follow(syncing(5), finished, { type: 'wake' }, failed(errorOf('NETWORK_UNREACHABLE')))
  expect(again.state).toMatchObject({ status: 'waiting', attempt: 1 })
})

test.each(['online', 'requested', 'written', 'wake'] as const)(
  '[EN9] %s does not shorten a wait that the server asked for',
  (type) => {
    expect(follow(asked, { type })).toEqual({ state: asked, effects: [] })
  },
)

test.each(['online', 'requested', 'start'] as const)(
  '[EN9] a wait that the server asked for goes on after the network was away (%s)',
  (type) => {
    const away = follow(asked, { type: 'offline' })
    expect(away.effects).toEqual([{ type: 'cancelTimer' }])
    expect(toSyncState(away.state)).toEqual({ status: 'offline' })
    const event: EngineEvent = type === 'start' ? { type, online: true } : { type }
    expect(follow(away.state, event)).toEqual({ state: asked, effects: [{ type: 'retryAt', at: 39_000 }] })
  },
)

const limited = (error: SyncError, refusals = 1): EngineEvent => ({
  type: 'limited',
  error,
  refusals,
  at: 9_000,
  jitter: 0.5,
})

test('[EN44] a run whose request came too soon waits as long as it was asked to, and goes on', () => {
  const run = syncing(2, true)
  const paused = follow(run, limited(patience))
  const state = { status: 'waiting', retryAt: 39_500, attempt: 1, error: patience, paused: run }
  expect(paused).toEqual({ state, effects: [{ type: 'retryAt', at: 39_500 }] })
  expect(toSyncState(paused.state)).toEqual({
    ...{ status: 'waiting', retryAt: 39_500, attempt: 1 },
    error: patience,
  })
  expect(follow(paused.state, { type: 'retryDue' })).toEqual({ state: run, effects: [{ type: 'goOn' }] })
  // The same request again.
  expect(follow(run, limited(patience, 3)).state).toMatchObject({ retryAt: 41_000, attempt: 3 })
})

test.each(['written', 'wake', 'requested'] as const)(
  '[EN44] [EN6] %s while a run waits is one more run after it, and shortens nothing',
  (type) => {
    const paused = follow(syncing(), limited(patience), { type }, { type })
    expect(paused.effects).toEqual([])
    const on = follow(paused.state, { type: 'retryDue' })
    expect(on).toEqual({ state: { ...syncing(), again: true }, effects: [{ type: 'goOn' }] })
    expect(follow(on.state, finished)).toEqual({ state: syncing(), effects: [{ type: 'run' }] })
  },
)

test.each(['online', 'requested'] as const)(
  '[EN44] where nobody said how long, %s goes on at once',
  (type) => {
    const paused = follow(syncing(), limited(errorOf('RATE_LIMITED')))
    expect(follow(paused.state, { type }).effects).toEqual([{ type: 'cancelTimer' }, { type: 'goOn' }])
  },
)

test('[EN44] [EN2] [EN4] a stop, or losing the network, gives up the run that waits, and not what was asked', () => {
  const paused = follow(syncing(), limited(patience)).state
  const effects = [{ type: 'cancelTimer' }, { type: 'abort' }]
  expect(follow(paused, { type: 'stop' })).toEqual({ state: { status: 'stopped' }, effects })
  const away = follow(paused, { type: 'offline' })
  expect(away.effects).toEqual(effects)
  const back = follow(away.state, { type: 'online' })
  expect(back.effects).toEqual([{ type: 'retryAt', at: 39_500 }])
  expect(follow(back.state, { type: 'retryDue' }).effects).toEqual([{ type: 'cancelTimer' }, { type: 'run' }])
})

const heldError = errorOf('SERVER_FAILED')
const holding: EngineState = {
  status: 'waiting',
  retryAt: 60_000,
  attempt: 3,
  error: heldError,
  onlyHeld: true,
}

test.each(['written', 'wake'] as const)(
  '[EN37] %s while only held-back operations wait runs at once without them, and they wait on',
  (type) => {
    const beside = follow(holding, { type })
    expect(beside.state).toMatchObject({ status: 'syncing', attempt: 3 })
    expect(beside.effects).toEqual([{ type: 'cancelTimer' }, { type: 'run', leaveHeld: true }])
    const on = { state: holding, effects: [{ type: 'retryAt', at: 60_000 }] }
    expect(follow(beside.state, finished)).toEqual(on)
    // What else has to be held back joins that wait.
    expect(follow(beside.state, { ...failed(heldError), onlyHeld: true } as EngineEvent)).toEqual(on)
    expect(follow(beside.state, { type }, finished).effects).toEqual([{ type: 'run', leaveHeld: true }])
    expect(follow(beside.state, failed(errorOf('NETWORK_UNREACHABLE'))).state).toMatchObject({
      status: 'waiting',
      attempt: 4,
    })
    expect(toSyncState(beside.state)).toEqual({ status: 'syncing', phase: 'pull' })
  },
)

test('[EN37] a cancellation of what is held back takes it along', () => {
  const cancelled: EngineEvent = { type: 'written', held: true }
  expect(follow(holding, cancelled).effects).toEqual([{ type: 'cancelTimer' }, { type: 'run' }])
  const during = follow(holding, { type: 'written' }, cancelled, finished)
  expect(during).toEqual({ state: syncing(), effects: [{ type: 'run' }] })
})

test('[EN37] who asks for a run gets a whole one', () => {
  expect(follow(holding, { type: 'requested' }).effects).toEqual([{ type: 'cancelTimer' }, { type: 'run' }])
  const asked = follow(holding, { type: 'written' }, { type: 'requested' }, finished)
  expect(asked).toEqual({ state: syncing(), effects: [{ type: 'run' }] })
})

test('[EN12] each failure waits longer, up to the cap', () => {
  let state = syncing()
  const waits: number[] = []
  for (let count = 0; count < 10; count += 1) {
    const waiting = follow(state, failed(errorOf('NETWORK_UNREACHABLE'), 0.999)).state
    if (waiting.status !== 'waiting') throw new Error(waiting.status)
    waits.push(waiting.retryAt - 9_000)
    state = follow(waiting, { type: 'retryDue' }).state
  }
  expect(waits).toEqual([999, 1998, 3996, 7992, 15984, 31968, 59940, 59940, 59940, 59940])
})

test('a public state shows nothing of the inner workings', () => {
  expect(toSyncState(syncing(3, true))).toEqual({ status: 'syncing', phase: 'pull' })
})

test('[EN8] [P11] what another tab queued is not synced yet, and the numbers follow whoever changes them', () => {
  const synced = follow(syncing(), finished).state
  const counted: EngineEvent = { type: 'counted', queued: 3, conflicts: 0, deadLetters: 2 }
  const queued = follow(synced, counted)
  expect(queued.effects).toEqual([])
  expect(toSyncState(queued.state)).toEqual({ status: 'syncing', phase: 'push' })
  const sent = follow(queued.state, { ...counted, queued: 0 })
  expect(toSyncState(sent.state)).toEqual({ status: 'synced', at: 9_000, conflicts: 0, deadLetters: 2 })
  expect(follow(sent.state, { ...counted, queued: 0 }).state).toBe(sent.state)
})

test('[EN40] what is too large alone waits for an hour, and polls go on', () => {
  const error = errorOf('TOO_LARGE')
  const alone = { ...failed(error), onlyHeld: true } as EngineEvent
  const wait = { status: 'waiting', retryAt: 9_500 + 3_600_000, attempt: 1, error, onlyHeld: true } as const
  const on = { state: wait, effects: [{ type: 'retryAt', at: wait.retryAt }, { type: 'poll' }] }
  expect(follow(syncing(), alone)).toEqual(on)
  expect(follow(wait, { type: 'wake' }, finished)).toEqual(on)
  expect(follow(wait, { type: 'requested' }).effects).toEqual([{ type: 'cancelTimer' }, { type: 'run' }])
})

const waits: EngineEvent = { type: 'attention', at: 9_000, entities: [], total: 2 }

test('[EN42] what comes up during a run that ends in attention is done first', () => {
  expect(follow(syncing(), { type: 'requested' }, waits).effects).toEqual([{ type: 'run' }])
})

test('[EN42] attention ends where nothing waits any more, whoever saw to it', () => {
  const attention = follow(syncing(), waits).state
  const counted: EngineEvent = { type: 'counted', queued: 3, conflicts: 0, deadLetters: 0 }
  expect(follow(attention, counted)).toEqual({ state: attention, effects: [] })
  expect(follow(attention, { ...counted, queued: 0 }).effects).toEqual([
    { type: 'cancelTimer' },
    { type: 'run' },
  ])
  expect(toSyncState(attention)).toEqual({ status: 'attention', at: 9_000, entities: [], total: 2 })
})
