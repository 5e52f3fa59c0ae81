import { SyncError, hasCode } from '../base/errors.ts'
import { decodeMove, moveType } from '../model/move-input.ts'
import type { Operation } from '../model/operation.ts'
import type { SyncProgress } from '../model/progress.ts'
import { acknowledgeInstance, isCurrentInstance } from '../oplog/identity.ts'
import { metaKey, recordKey } from '../oplog/keys.ts'
import type { Batch } from '../oplog/batch/open-batch.ts'
import { takeBatch } from '../oplog/batch/take-batch.ts'
import { takeHeldBatch } from '../oplog/batch/take-held-batch.ts'
import { checkHooked } from '../plugin/check-hooked.ts'
import type { PushAnswer, WireOperation } from '../protocol/push.ts'
import type { Result, Verdict } from '../protocol/verdict.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { serverTimeNow } from './server-time.ts'
import { pullToHead } from './pull-to-head.ts'
import { swapIn } from './show-head.ts'
import { spendAbandoned } from './spend-abandoned.ts'
import { countKinds, summarize } from './summaries.ts'
import { foldPortion, hasRest, tidyStaging } from './tidy-staging.ts'

/**
 * One sync run of one scope: drains the queue batch by batch, tries again what is held back, then makes sure that a
 * head no older than the last push is shown. Returns when there is nothing left to do; the first failure ends it.
 * @returns why operations stay undecided although they were sent, if some do
 * @throws SyncError
 */
export const runCycle = async (
  context: CycleContext,
  options: CycleOptions,
): Promise<SyncError | undefined> => {
  const undecided = await exchange(context, options).catch(async (error: unknown) => {
    // What is on this device already needs no server to take its place.
    if (!options.signal.aborted) await tidyStaging(context, options.signal).catch(() => undefined)
    throw error
  })
  await tidyStaging(context, options.signal)
  return undecided
}

const exchange = async (
  context: CycleContext,
  { pullFirst, leaveHeld, signal }: CycleOptions,
): Promise<SyncError | undefined> => {
  if (pullFirst) await pullToHead(context, signal)
  const drained = await drain(context, signal)
  const retriesHeld = drained.held && !leaveHeld
  const retried = retriesHeld ? await retryHeld(context, drained.tried, signal) : nothingPushed
  const batches = drained.batches + retried.batches
  const upToDate = retried.batches > 0 ? retried.upToDate : drained.upToDate
  if (!upToDate && !(pullFirst && batches === 0)) await pullToHead(context, signal)
  return drained.undecided ?? retried.undecided
}

export interface CycleOptions {
  /** Pull before the first push: right after a start, to learn the server's time and state. */
  readonly pullFirst: boolean
  /** Does not try again what is held back. */
  readonly leaveHeld: boolean
  readonly signal: AbortSignal
}

interface Pushed {
  readonly batches: number
  /** The last push's page was complete and was swapped in. */
  readonly upToDate: boolean
  /** Why the first of those that are undecided is. */
  readonly undecided: SyncError | undefined
}

interface Drained extends Pushed {
  /** Nothing is left in the queue, and something is held back. */
  readonly held: boolean
  /** Records of which an operation was sent, and can't be decided yet. */
  readonly tried: ReadonlySet<string>
}

const nothingPushed: Pushed = { batches: 0, upToDate: false, undecided: undefined }

const drain = async (context: CycleContext, signal: AbortSignal): Promise<Drained> => {
  const tried = new Set<string>()
  let undecided: SyncError | undefined
  let batches = 0
  let upToDate = false
  let progress: SyncProgress | undefined
  let stuckAt: string | undefined
  for (;;) {
    const batch = await takeBatch(context.store, context.schema, context.scope, context.batchLimits)
    signal.throwIfAborted()
    if (batch.abandoned.length > 0) await spendAbandoned(context, batch, signal)
    const [first] = batch.operations
    if (first === undefined) {
      if (batch.putAside > 0) continue
      return { batches, upToDate, undecided, held: batch.held > 0, tried }
    }
    progress ??= { phase: 'push', done: 0, total: batch.queued }
    context.onProgress(progress)
    const { answer, isShown } = await sendBatch(context, batch, signal)
    batches += 1
    upToDate = isShown
    // Whoever writes without a pause would put it off for ever.
    if (batch.isFolding) await foldPortion(context)
    const decided = answer.results.filter(({ kind }) => kind !== 'retry').length
    progress = withDone(progress, progress.done + decided)
    context.onProgress(progress)
    const waiting = undecidedOf(answer.results)
    for (const operation of batch.operations) if (waiting.has(operation.id)) tried.add(recordKey(operation))
    if (waiting.size > 0) undecided ??= waitingError(answer.results)
    // What waits makes room for strangers; here it could not.
    if (decided === 0 && stuckAt === first.id)
      return { batches, upToDate, undecided: waitingError(answer.results), held: false, tried }
    stuckAt = first.id
  }
}

/** Tries again what is held back, each operation once, but those of records that had their turn. */
const retryHeld = async (
  context: CycleContext,
  tried: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Pushed> => {
  let skipped = new Set(tried)
  let { batches, upToDate, undecided } = nothingPushed
  let after = 0
  for (;;) {
    const { store, schema, scope, batchLimits: limits } = context
    const batch = await takeHeldBatch(store, schema, scope, { limits, after, skipped })
    signal.throwIfAborted()
    if (batch.next === undefined) return { batches, upToDate, undecided }
    after = batch.next
    skipped = new Set(batch.skipped)
    if (batch.operations.length === 0) continue
    const { answer, isShown } = await sendBatch(context, batch, signal)
    batches += 1
    upToDate = isShown
    const waiting = waitingIds(answer.results)
    for (const operation of batch.operations) if (waiting.has(operation.id)) skipped.add(recordKey(operation))
    if (waiting.size > 0) undecided ??= waitingError(answer.results)
  }
}

const sendBatch = async (
  context: CycleContext,
  batch: Batch,
  signal: AbortSignal,
): Promise<{ readonly answer: PushAnswer; readonly isShown: boolean }> => {
  context.onPhase('push')
  const answer = await pushBatch(context, batch, signal)
  await pullArrival(context, batch, answer, signal)
  return { answer, isShown: await applyPush(context, batch, answer, signal) }
}

/** A record that went to another scope is shown there before it is gone here. */
const pullArrival = async (
  context: CycleContext,
  { operations }: Batch,
  { results }: PushAnswer,
  signal: AbortSignal,
): Promise<void> => {
  const [move] = operations
  const [result] = results
  if (move?.type !== moveType || result === undefined || !isApplied(result)) return
  const { to } = decodeMove(move.payload)
  if (!context.others.isJoined(to)) return
  const quiet = { onPhase: () => undefined, onProgress: () => undefined }
  await pullToHead({ ...context, ...quiet, scope: to }, signal).catch(() => context.others.wake(to))
  signal.throwIfAborted()
  // What took several pages is shown; to put it in its place is that scope's own affair.
  if (await hasRest(context.store, to)) context.others.wake(to)
}

const isApplied = (result: Result): boolean =>
  result.kind === 'applied' || (result.kind === 'duplicate' && result.verdict.kind === 'applied')

const waitingIds = (results: readonly Result[]): ReadonlySet<string> =>
  new Set(results.filter(({ kind }) => kind === 'retry').map(({ id }) => id))

/** What is written meanwhile is sent by the same run, and counts then. */
const withDone = (progress: SyncProgress, done: number): SyncProgress => ({
  ...progress,
  done,
  total: Math.max(done, progress.total ?? 0),
})

const waitingError = (results: readonly Result[]): SyncError => {
  const first = results.find((result) => result.kind === 'retry')
  const message = first?.kind === 'retry' ? first.message : 'The server made no decision.'
  return new SyncError('SERVER_FAILED', `The server could not decide yet: ${message}`, {})
}

const toWire = (operation: Operation): WireOperation => {
  const { id, collection, recordId, type, payload, baseVersion, timestamp, opVersion, clientSeq } = operation
  const { transaction, cancel } = operation
  return {
    id,
    clientSeq: clientSeq ?? 0,
    collection,
    recordId,
    type,
    payload,
    baseVersion,
    timestamp,
    opVersion,
    ...(transaction === undefined ? {} : { transaction }),
    ...(cancel === undefined ? {} : { cancel }),
  }
}

const pushBatch = async (context: CycleContext, batch: Batch, signal: AbortSignal): Promise<PushAnswer> => {
  const { scope, transport, environment, hooks } = context
  const wire = batch.operations.map(toWire)
  const operations = await hooks.waterfall('beforePush', wire)
  checkHooked('beforePush', wire, operations)
  const batchId = environment.newId()
  const input = {
    protocol: protocolVersion,
    clientId: batch.meta.clientId,
    instance: batch.meta.instance,
    scope,
    cursor: batch.cursor,
    batchId,
    ...(batch.waiting.length === 0 ? {} : { waiting: [...batch.waiting] }),
    operations: [...operations],
  }
  const request = { scope, batchId, operations: operations.length, bytes: batch.bytes }
  context.tell(() => ({ type: 'pushStarted', ...request }))
  const asked = environment.clock.now()
  const start = environment.clock.monotonic()
  const answer = await transport
    .push(input, { signal })
    .catch((error: unknown) => recheckFork(context, batch, error))
  signal.throwIfAborted()
  const ms = environment.clock.monotonic() - start
  context.tell(() => ({ type: 'pushed', ...request, results: countKinds(answer.results), ms }))
  const serverTime = serverTimeNow(environment.clock, asked, answer.serverTime)
  await acknowledgeInstance(context.store, batch.meta.instance)
  for (const failure of await hooks.observe('afterPush', answer.results)) context.onProblem(failure)
  return { ...answer, serverTime }
}

/** A request that was overtaken by another tab's start carries an outdated instance: that is no fork. */
const recheckFork = async ({ store }: CycleContext, batch: Batch, error: unknown): Promise<never> => {
  if (hasCode(error, 'CLIENT_FORKED') && !(await isCurrentInstance(store, batch.meta.instance))) {
    const message = 'Another tab started meanwhile; the batch will be sent again.'
    throw new SyncError('STORAGE_CONFLICT', message, { key: metaKey }, { cause: error })
  }
  throw error
}

/** True when the answer's page ended at the head and is shown now. */
const applyPush = async (
  context: CycleContext,
  batch: Batch,
  answer: PushAnswer,
  signal: AbortSignal,
): Promise<boolean> => {
  const verdicts = verdictsOf(answer.results)
  const undecided = undecidedOf(answer.results)
  context.tell(() => ({ type: 'decided', scope: context.scope, verdicts: summarize(verdicts) }))
  const { page, decided, serverTime } = answer
  if (page.hasMore) {
    // Far behind: pages that come with pushes would not fit together, so the rest is pulled first.
    await swapIn(context, { verdicts, undecided, newHead: undefined, serverTime }, signal)
    await pullToHead(context, signal)
    return true
  }
  const newHead = { ...page, decided, cursorRevision: batch.cursorRevision }
  return await swapIn(context, { verdicts, undecided, newHead, serverTime }, signal)
}

/** What only came too early is not held back: it comes with the next batch. */
const undecidedOf = (results: readonly Result[]): ReadonlySet<string> =>
  new Set(
    results.flatMap((result) =>
      result.kind === 'retry' && result.code !== 'OUT_OF_ORDER' ? [result.id] : [],
    ),
  )

const verdictsOf = (results: readonly Result[]): Map<string, Verdict> => {
  const verdicts = new Map<string, Verdict>()
  for (const result of results) {
    if (result.kind === 'retry') continue
    if (result.kind === 'duplicate') verdicts.set(result.id, result.verdict)
    else {
      const { id, ...verdict } = result
      verdicts.set(id, verdict)
    }
  }
  return verdicts
}
