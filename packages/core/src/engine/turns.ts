import type { Environment } from '../base/environment.ts'

/** Milliseconds after which others get a turn: local databases may answer without ever giving up the thread. */
const longestTurn = 10

/** Called between the steps of something long: now and then it lets others have their turn. */
export const takingTurns = ({
  clock,
  timers,
}: Pick<Environment, 'clock' | 'timers'>): (() => Promise<void>) => {
  let turn = clock.monotonic()
  return async () => {
    if (clock.monotonic() - turn < longestTurn) return
    await new Promise<void>((resolve) => {
      timers.after(0, resolve)
    })
    turn = clock.monotonic()
  }
}
