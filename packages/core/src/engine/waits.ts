import type { Clock } from '../base/environment.ts'

/** More than there are at a time: one that is over, and that a run may come back to, those beside it, what a server asked for. */
const most = 8

/**
 * How long a wait until a time by the device's clock still is, in milliseconds. It was measured when it was heard of first: the
 * clock may have jumped since, and other waits been between.
 */
export const createWaits = (clock: Clock): ((until: number) => number) => {
  /** When each is over, by the clock that never jumps; the last asked for is the last. */
  const dues = new Map<number, number>()
  return (until) => {
    const now = clock.monotonic()
    const due = dues.get(until) ?? now + Math.max(0, until - clock.now())
    dues.delete(until)
    dues.set(until, due)
    for (const oldest of dues.keys()) if (dues.size > most) dues.delete(oldest)
    return Math.max(0, due - now)
  }
}
