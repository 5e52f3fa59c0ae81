import { hasCode, type SyncError } from '../../base/errors.ts'
import type { BatchLimits } from './draft.ts'

/** How large the next batch of a scope may be. */
export interface Pace {
  /** Of the largest batch that is allowed: above 0, at most 1. */
  readonly share: number
  /** A batch of this share was refused for its size. Rises a little with each that passes: the way may have changed. */
  readonly ceiling?: number | undefined
}

export const fullPace: Pace = { share: 1 }

/** What a batch carried, and what the largest may. */
export interface Carried {
  readonly carried: BatchLimits
  readonly most: BatchLimits
}

const quarter = 0.25
const growth = 0.025
const ceilingGrowth = 1.003
/** So near to a ceiling batches stay below it. */
const belowCeiling = 0.95

/** What the next batch may carry. One unit always fits. */
export const limitsAt = ({ share }: Pace, most: BatchLimits): BatchLimits => ({
  operations: Math.max(1, Math.floor(most.operations * share)),
  bytes: Math.max(1, Math.floor(most.bytes * share)),
})

/** A batch may be far from its limits: halving those would change nothing. */
const shareOf = ({ carried, most }: Carried): number =>
  Math.min(1, Math.max(carried.operations / most.operations, carried.bytes / most.bytes))

const shrunk = (pace: Pace, share: number): Pace => (share < pace.share ? { ...pace, share } : pace)

/** It was refused for its size. Where that was to be feared, most of it would have passed. */
export const afterRefusal = (pace: Pace, batch: Carried): Pace => {
  const refused = shareOf(batch)
  const { ceiling = Infinity } = pace
  const wasNear = refused >= ceiling * 0.9
  return { ...shrunk(pace, refused * (wasNear ? 0.85 : 0.5)), ceiling: Math.min(refused, ceiling) }
}

/** It was one operation, or one transaction: the size of batches was not what was wrong. */
export const afterRefusalAlone = ({ share }: Pace): Pace => ({ share: Math.max(share, quarter) })

/** It took too long. */
export const afterTimeOut = (pace: Pace, batch: Carried): Pace => shrunk(pace, shareOf(batch) / 2)

/** It got no answer, for whatever reason. That says little about its size. */
export const afterCut = (pace: Pace, batch: Carried): Pace =>
  shrunk(pace, Math.max(quarter, shareOf(batch) / 2))

export interface Answered {
  readonly ms: number
  /** What an answer should take at most. */
  readonly answerMs: number
  /** More was left behind. A batch that took all there was says nothing about larger ones. */
  readonly wasFull: boolean
}

export const afterAnswer = (pace: Pace, batch: Carried, { ms, answerMs, wasFull }: Answered): Pace => {
  // Where each answer takes long, whatever it carries, less in each would only make it more of them.
  if (ms > answerMs && pace.share > quarter)
    return shrunk(pace, Math.max(quarter, shareOf(batch) * Math.max(0.5, answerMs / ms)))
  if (!wasFull || pace.share === 1) return pace
  const raised = (pace.ceiling ?? 1) * ceilingGrowth
  const ceiling = raised < 1 ? raised : undefined
  const share =
    ms > answerMs / 2
      ? Math.max(pace.share, Math.min(quarter, pace.share + growth))
      : Math.min(1, pace.share + growth)
  if (ceiling === undefined) return { share }
  const near = (pace.share + ceiling) / 2
  return { share: Math.max(pace.share, Math.min(share, near, ceiling * belowCeiling)), ceiling }
}

export const isSamePace = (left: Pace, right: Pace): boolean =>
  left.share === right.share && left.ceiling === right.ceiling

/** Gateways tell of a time-out by their status. */
const timeOutStatuses: readonly unknown[] = [408, 504, 524]

export const isTimeOut = (error: SyncError): boolean => {
  if (hasCode(error, 'NETWORK_UNREACHABLE')) return error.details.reason === 'time-out'
  if (hasCode(error, 'SERVER_FAILED') || hasCode(error, 'BAD_ANSWER'))
    return timeOutStatuses.includes(error.details.status)
  return false
}
