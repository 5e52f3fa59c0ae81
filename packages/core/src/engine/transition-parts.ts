import { everything, type Allowance } from './metering.ts'
import type {
  EngineEffect,
  EngineEvent,
  EngineState,
  Metered,
  Syncing,
  Transition,
  Waiting,
} from './states.ts'

type Effects = readonly EngineEffect[]

/** A run of what is allowed, where anything is. */
export const begin = (attempt: number, allowed: Allowance, effects: Effects = []): Transition => {
  switch (allowed.kind) {
    case 'all':
      return run({ attempt }, effects)
    case 'pushes':
      return run({ attempt, metered: 'pushesOnly' }, effects)
    case 'nothing':
      return metered(allowed, 'everything', effects)
  }
}

/** The app asked for it: a whole one, whatever the network costs. */
export const beginAsked = (attempt: number, allowed: Allowance, effects: Effects = []): Transition =>
  run(allowed.kind === 'all' ? { attempt } : { attempt, metered: 'overruled' }, effects)

const run = (
  { attempt, metered: cost }: Pick<Syncing, 'attempt' | 'metered'>,
  effects: Effects,
): Transition => ({
  state: { status: 'syncing', phase: 'pull', attempt, again: false, ...(cost && { metered: cost }) },
  effects: [...effects, cost === 'pushesOnly' ? { type: 'run', only: 'pushes' } : { type: 'run' }],
})

/** A run beside a wait for what is held back. */
export const beginBeside = (wait: Waiting, allowed: Allowance, effects: Effects = []): Transition => {
  if (allowed.kind === 'nothing') return stay(wait)
  const { state, effects: all } = begin(wait.attempt, allowed, effects)
  const beside = all.map((effect) =>
    effect.type === 'run' ? { ...effect, leaveHeld: true as const } : effect,
  )
  return { state: state.status === 'syncing' ? { ...state, wait } : state, effects: beside }
}

/** One more run, of what has come up during this one. */
export const goOver = ({ wait, metered: cost }: Syncing, allowed: Allowance): Transition => {
  if (cost === 'overruled') return beginAsked(0, allowed)
  return wait === undefined || allowed.kind === 'nothing' ? begin(0, allowed) : beginBeside(wait, allowed)
}

export const metered = (
  allowed: Exclude<Allowance, { kind: 'all' }>,
  waits: Metered['waits'],
  effects: Effects = [],
  asked?: Waiting,
): Transition => ({
  state: { status: 'metered', reason: allowed.reason, waits, ...(asked && { asked }) },
  effects,
})

/** What rests where all is done that is allowed. */
export const restOf = ({ kind }: Exclude<Allowance, { kind: 'all' }>): Metered['waits'] =>
  kind === 'nothing' ? 'everything' : 'pulls'

export const waitOn = (wait: Waiting, allowed: Allowance = everything): Transition => ({
  state: wait,
  effects: [
    { type: 'retryAt', at: wait.retryAt },
    // It is a long one.
    ...(wait.error.code === 'TOO_LARGE' ? pollIf(allowed) : []),
  ],
})

/** Nothing is asked for on a metered network only since time has passed. */
export const pollIf = ({ kind }: Allowance): Effects => (kind === 'all' ? [{ type: 'poll' }] : [])

export const stay = (state: EngineState): Transition => ({ state, effects: [] })

export const stopped = (...effects: Effects): Transition => ({
  state: { status: 'stopped' },
  effects,
})
export const offline = (...effects: Effects): Transition => ({
  state: { status: 'offline' },
  effects,
})

/** What comes up during a run makes one more. */
export const comingUp = (
  run: Syncing,
  event: Extract<EngineEvent, { type: 'written' | 'wake' | 'requested' }>,
): Syncing => {
  const triesHeld = event.type === 'requested' || (event.type === 'written' && event.held === true)
  const isOverruled = run.metered !== undefined && event.type === 'requested'
  return {
    ...run,
    again: true,
    wait: triesHeld ? undefined : run.wait,
    ...(isOverruled && { metered: 'overruled' }),
  }
}
