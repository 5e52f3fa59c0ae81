import type { Operation } from '../../model/operation.ts'
import { noEra, type Era } from './era.ts'
import { eraTolerance, type ScopeTime } from '../../base/session-time.ts'

/** What is known at a moment: by this session, and by the log's head. */
export interface Knowledge {
  readonly session: string
  readonly monotonic: number
  readonly time: ScopeTime
  readonly era: Era | undefined
}

type Aged = Pick<Operation, 'life' | 'localSeq'>

/**
 * How many milliseconds ago an operation was made, at least: what can be proved (docs/decisions/0027). 0 where nothing
 * can. Pure.
 */
export const leastAge = (operation: Aged, known: Knowledge): number => {
  const { life, localSeq } = operation
  if (life === undefined) return 0
  const { sighted } = known.time
  const inSession = life.session === known.session ? known.monotonic - life.monotonic : 0
  const sinceSighted =
    sighted !== undefined && localSeq < sighted.before ? known.monotonic - sighted.monotonic : 0
  return Math.max(0, Math.floor(Math.max(inSession, sinceSighted, byServer(operation, life, known))))
}

/** It was there when this session began. */
export const isOfBefore = ({ life, localSeq }: Aged, { session, time }: Knowledge): boolean =>
  life?.session !== session && localSeq < (time.sighted?.before ?? 0)

/** By the server's time, of one that was there when it was last heard. */
const byServer = (
  { localSeq }: Aged,
  life: NonNullable<Operation['life']>,
  { session, monotonic, time: { heard }, era: { number, anchor } = noEra }: Knowledge,
): number => {
  if (heard === undefined || anchor === undefined) return 0
  const wasThere = localSeq < heard.before || (life.session === session && life.monotonic <= heard.monotonic)
  if (!wasThere) return 0
  // The monotonic clock may stand still while the device sleeps, and never runs ahead.
  const serverNow = heard.serverTime + (monotonic - heard.monotonic)
  if (life.era < number) return serverNow - anchor.since - eraTolerance
  const made = life.wall + anchor.offset
  // Before the era began: then the clock was wrong all the same.
  return life.era > number || made < anchor.since - eraTolerance ? 0 : serverNow - made - eraTolerance
}
