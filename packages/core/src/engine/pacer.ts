import type { SyncError } from '../base/errors.ts'
import type { Batch } from '../oplog/batch/open-batch.ts'
import type { BatchLimits } from '../oplog/batch/draft.ts'
import {
  afterAnswer,
  afterCut,
  afterRefusal,
  afterRefusalAlone,
  afterTimeOut,
  fullPace,
  isSamePace,
  limitsAt,
  type Carried,
  type Pace,
} from '../oplog/batch/pace.ts'
import { storePace } from '../oplog/batch/store-pace.ts'
import { toUnits } from '../oplog/batch/units.ts'
import type { LogHead } from '../oplog/entries.ts'
import type { CycleContext } from './cycle-context.ts'

/** Knows how much the batches of one run may carry, and when the next may go. */
export interface Pacer {
  readonly limits: () => BatchLimits
  readonly answered: (batch: Batch, ms: number) => void
  /** True where a smaller one may be tried; false: it was a single unit. */
  readonly refused: (batch: Batch) => Promise<boolean>
  /** Waits until the server may be asked again. False where nobody waits. */
  readonly cameTooSoon: (error: SyncError<'RATE_LIMITED'>) => Promise<boolean>
  readonly timedOut: (batch: Batch) => Promise<void>
  /** Operations that were sent before are undecided still. */
  readonly wasCut: (operations: number) => Promise<void>
  /** Keeps what was learned. What makes batches smaller is kept at once: the process may end in the next one. */
  readonly keep: () => Promise<void>
}

export const createPacer = (
  { store, scope, batchLimits: most, answerMs, pause }: CycleContext,
  head: LogHead,
): Pacer => {
  let stored: Pace = head.pace ?? fullPace
  let pace = stored
  let refusals = 0

  const keep = async (): Promise<void> => {
    if (isSamePace(pace, stored)) return
    await storePace(store, scope, pace)
    stored = pace
  }
  const carriedBy = ({ operations, bytes }: Batch): Carried => ({
    carried: { operations: operations.length, bytes },
    most,
  })

  return {
    limits: () => limitsAt(pace, most),
    answered(batch, ms) {
      refusals = 0
      const wasFull = batch.queued - batch.held > batch.operations.length
      pace = afterAnswer(pace, carriedBy(batch), { ms, answerMs, wasFull })
    },
    async refused(batch) {
      const isAlone = toUnits(batch.operations).length === 1
      pace = isAlone ? afterRefusalAlone(pace) : afterRefusal(pace, carriedBy(batch))
      await keep()
      return !isAlone
    },
    async cameTooSoon(error) {
      if (pause === undefined) return false
      refusals += 1
      await pause(error, refusals)
      return true
    },
    async timedOut(batch) {
      pace = afterTimeOut(pace, carriedBy(batch))
      await keep()
    },
    async wasCut(operations) {
      if (operations === 0) return
      pace = afterCut(pace, { carried: { operations, bytes: 0 }, most })
      await keep()
    },
    keep,
  }
}
