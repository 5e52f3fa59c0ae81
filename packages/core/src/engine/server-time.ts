import type { Clock } from '../base/environment.ts'

/**
 * The server's time at the moment when its answer arrived, in milliseconds: half of the round trip is taken to be
 * the way back.
 * @param asked when the request left, by the monotonic clock: the device's other one may have been set since
 */
export const serverTimeNow = (clock: Clock, asked: number, serverTime: number): number =>
  serverTime + Math.round(Math.max(0, clock.monotonic() - asked) / 2)
