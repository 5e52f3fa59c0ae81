import type { LogHead } from './entries.ts'
import { eraAfterContact, noEra } from './expiry/era.ts'

/** What an answer tells of the time: this device's clock, and the server's time minus it, in milliseconds. */
export interface ToldTime {
  readonly now: number
  readonly clockOffset: number
}

/** How far a timestamp may be ahead of the server, which clamps what is further. */
const mostAhead = 60_000

/** A clock that was wrong for a while must not mark what is written from now on. */
export const withServerTime = (head: LogHead, { now, clockOffset }: ToldTime): LogHead => {
  // Given before the first contact, it is by this device's clock alone; the operations are corrected when sent.
  const newest = head.clockOffset === undefined ? head.timestamp + clockOffset : head.timestamp
  return {
    ...head,
    clockOffset,
    era: eraAfterContact(head.era ?? noEra, { now, clockOffset }),
    timestamp: Math.min(newest, now + clockOffset + mostAhead),
  }
}

/** Network delays move the offset a little with each answer; that is not worth a commit. */
const offsetTolerance = 2_000

export const hasMoved = (before: number | undefined, after: number | undefined): boolean =>
  before === undefined || after === undefined || Math.abs(before - after) >= offsetTolerance
