import type { EngineEffect, EngineEvent, EngineState, Syncing, Transition, Waiting } from './states.ts'

export const run = (attempt: number, effects: readonly EngineEffect[] = []): Transition => ({
  state: { status: 'syncing', phase: 'pull', attempt, again: false },
  effects: [...effects, { type: 'run' }],
})

/** A run beside a wait for what is held back. */
export const runBeside = (wait: Waiting, effects: readonly EngineEffect[] = []): Transition => ({
  state: { status: 'syncing', phase: 'pull', attempt: wait.attempt, again: false, wait },
  effects: [...effects, { type: 'run', leaveHeld: true }],
})

export const waitOn = (wait: Waiting): Transition => ({
  state: wait,
  effects: [
    { type: 'retryAt', at: wait.retryAt },
    // It is a long one.
    ...(wait.error.code === 'TOO_LARGE' ? [{ type: 'poll' } as const] : []),
  ],
})

export const stay = (state: EngineState): Transition => ({ state, effects: [] })

export const stopped = (...effects: readonly EngineEffect[]): Transition => ({
  state: { status: 'stopped' },
  effects,
})
export const offline = (...effects: readonly EngineEffect[]): Transition => ({
  state: { status: 'offline' },
  effects,
})

/** What comes up during a run makes one more. */
export const comingUp = (
  run: Syncing,
  event: Extract<EngineEvent, { type: 'written' | 'wake' | 'requested' }>,
): Syncing => {
  const triesHeld = event.type === 'requested' || (event.type === 'written' && event.held === true)
  return { ...run, again: true, wait: triesHeld ? undefined : run.wait }
}
