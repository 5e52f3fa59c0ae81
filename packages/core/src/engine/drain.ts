import type { SyncError } from '../base/errors.ts'
import type { SyncProgress } from '../model/progress.ts'
import { holdBack } from '../oplog/batch/hold-back.ts'
import { takeBatch } from '../oplog/batch/take-batch.ts'
import { takeHeldBatch } from '../oplog/batch/take-held-batch.ts'
import { recordKey } from '../oplog/keys.ts'
import type { CycleContext } from './cycle-context.ts'
import type { Pacer } from './pacer.ts'
import { noticeLoss } from './recovery/notice-loss.ts'
import { hasRebase, isOutOfOrder, undecidedOf, waitingError, waitingIds } from './results.ts'
import { sendBatch } from './send-batch.ts'
import { spendAbandoned } from './spend-abandoned.ts'
import { foldPortion } from './tidy-staging.ts'

export interface Pushed {
  readonly batches: number
  /** The last push's page was complete and was swapped in. */
  readonly upToDate: boolean
  /** Why the first of those that are undecided is. */
  readonly undecided: SyncError | undefined
  /** Something has to be made again. */
  readonly rebased: boolean
}

export interface Drained extends Pushed {
  /** Nothing is left in the queue, and something is held back. */
  readonly held: boolean
  /** Records of which an operation was sent, and can't be decided yet. */
  readonly tried: ReadonlySet<string>
}

export const nothingPushed: Pushed = { batches: 0, upToDate: false, undecided: undefined, rebased: false }

/** Sends the queue, batch by batch, until nothing is left of it but what is held back. */
export const drain = async (context: CycleContext, pacer: Pacer, signal: AbortSignal): Promise<Drained> => {
  const tried = new Set<string>()
  const spent = new Set<string>()
  let undecided: SyncError | undefined
  let batches = 0
  let upToDate = false
  let rebased = false
  let progress: SyncProgress | undefined
  let stuckAt: string | undefined
  for (;;) {
    const batch = await takeBatch(context.store, context.schema, context.scope, pacer.limits())
    signal.throwIfAborted()
    const abandoned = batch.abandoned.filter(({ id }) => !spent.has(id))
    if (abandoned.length > 0) {
      await spendAbandoned(context, { ...batch, abandoned }, signal)
      for (const { id } of abandoned) spent.add(id)
      // Other tabs had their turn meanwhile.
      continue
    }
    const [first] = batch.operations
    if (first === undefined) {
      if (batch.putAside > 0) continue
      return { batches, upToDate, undecided, rebased, held: batch.held > 0, tried }
    }
    progress ??= { phase: 'push', done: 0, total: batch.queued }
    context.onProgress(progress)
    const sent = await sendBatch(context, batch, { pacer, signal })
    if (sent.kind === 'anew') continue
    if (sent.kind === 'alone') {
      if (!(await holdBack(context.store, context.scope, batch.operations))) throw sent.error
      for (const operation of batch.operations) tried.add(recordKey(operation))
      undecided ??= sent.error
      continue
    }
    const { answer, isShown } = sent
    batches += 1
    upToDate = isShown
    rebased ||= hasRebase(answer.results)
    // Whoever writes without a pause would put it off for ever.
    if (batch.isFolding) await foldPortion(context)
    const decided = answer.results.filter(({ kind }) => kind !== 'retry').length
    progress = withDone(progress, progress.done + decided)
    context.onProgress(progress)
    const waiting = undecidedOf(answer.results)
    for (const operation of batch.operations) if (waiting.has(operation.id)) tried.add(recordKey(operation))
    if (waiting.size > 0) undecided ??= waitingError(answer.results)
    // What waits makes room for strangers; here it could not.
    if (decided === 0 && stuckAt === first.id) {
      if (answer.results.some(isOutOfOrder)) await noticeLoss(context, signal)
      return { batches, upToDate, undecided: waitingError(answer.results), rebased, held: false, tried }
    }
    stuckAt = first.id
  }
}

/** Tries again what is held back, each operation once, but those of records that had their turn. */
export const retryHeld = async (
  context: CycleContext,
  pacer: Pacer,
  tried: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Pushed> => {
  let skipped = new Set(tried)
  let { batches, upToDate, undecided, rebased } = nothingPushed
  let after = 0
  for (;;) {
    const { store, schema, scope } = context
    const batch = await takeHeldBatch(store, schema, scope, { limits: pacer.limits(), after, skipped })
    signal.throwIfAborted()
    if (batch.next === undefined) return { batches, upToDate, undecided, rebased }
    const sent = batch.operations.length > 0 ? await sendBatch(context, batch, { pacer, signal }) : undefined
    if (sent?.kind === 'anew') continue
    after = batch.next
    skipped = new Set(batch.skipped)
    if (sent === undefined) continue
    if (sent.kind === 'alone') {
      for (const operation of batch.operations) skipped.add(recordKey(operation))
      undecided ??= sent.error
      continue
    }
    const { answer, isShown } = sent
    batches += 1
    upToDate = isShown
    rebased ||= hasRebase(answer.results)
    if (answer.results.some(isOutOfOrder)) await noticeLoss(context, signal)
    const waiting = waitingIds(answer.results)
    for (const operation of batch.operations) if (waiting.has(operation.id)) skipped.add(recordKey(operation))
    if (waiting.size > 0) undecided ??= waitingError(answer.results)
  }
}

/** What is written meanwhile is sent by the same run, and counts then. */
const withDone = (progress: SyncProgress, done: number): SyncProgress => ({
  ...progress,
  done,
  total: Math.max(done, progress.total ?? 0),
})
