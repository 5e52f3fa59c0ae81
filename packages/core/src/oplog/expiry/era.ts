import { eraTolerance, type Look } from '../../base/session-time.ts'

/** A stretch of time in which the device's clock was not seen to jump; kept in the log's head. */
export interface Era {
  readonly number: number
  /** When it began, by the server's clock, and the server's time minus the device's then. Absent before the next contact. */
  readonly anchor?: { readonly since: number; readonly offset: number } | undefined
  /** The newest time that the device's clock gave to an operation in it. */
  readonly seen: number
}

export const noEra: Era = { number: 0, seen: 0 }

/** The era after a contact: the same one, if the clock is as it was at the first contact of it. */
export const eraAfterContact = (
  era: Era,
  { now, clockOffset }: { readonly now: number; readonly clockOffset: number },
): Era => {
  const { anchor } = era
  const isSame = anchor !== undefined && Math.abs(anchor.offset - clockOffset) <= eraTolerance
  if (isSame) return era
  return { number: era.number + 1, anchor: { since: now + clockOffset, offset: clockOffset }, seen: now }
}

/** The era in which an operation is made: another one, if the clock was set back since the last one was. */
export const eraAtWrite = (era: Era, { wall, wentBack }: Look): Era => {
  const isBehind = wentBack || wall < era.seen - eraTolerance
  return isBehind ? { number: era.number + 1, seen: wall } : { ...era, seen: Math.max(era.seen, wall) }
}
