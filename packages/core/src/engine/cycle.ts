import { SyncError, hasCode } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import { acknowledgeInstance, isCurrentInstance } from '../oplog/identity.ts'
import { metaKey } from '../oplog/keys.ts'
import { takeBatch, type Batch } from '../oplog/take-batch.ts'
import { checkHooked } from '../plugin/check-hooked.ts'
import type { PushAnswer, WireOperation } from '../protocol/push.ts'
import type { Result, Verdict } from '../protocol/verdict.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { serverTimeNow } from './server-time.ts'
import { pullToHead } from './pull-to-head.ts'
import { swapIn } from './show-head.ts'
import { tidyStaging } from './tidy-staging.ts'

/**
 * One sync run of one scope: drains the queue batch by batch, then makes sure that a head no older than the
 * last push is shown. Returns when there is nothing left to do; the first failure ends it.
 * @throws SyncError
 */
export const runCycle = async (context: CycleContext, options: CycleOptions): Promise<void> => {
  try {
    await exchange(context, options)
  } catch (error) {
    // What is on this device already needs no server to take its place.
    if (!options.signal.aborted) await tidyStaging(context, options.signal).catch(() => undefined)
    throw error
  }
  await tidyStaging(context, options.signal)
}

const exchange = async (context: CycleContext, options: CycleOptions): Promise<void> => {
  if (options.pullFirst) await pullToHead(context, options.signal)
  const drained = await drain(context, options.signal)
  if (!drained.upToDate && !(options.pullFirst && drained.batches === 0))
    await pullToHead(context, options.signal)
  if (drained.undecided !== undefined) throw drained.undecided
}

export interface CycleOptions {
  /** Pull before the first push: right after a start, to learn the server's time and state. */
  readonly pullFirst: boolean
  readonly signal: AbortSignal
}

interface Drained {
  readonly batches: number
  /** The last push's page was complete and was swapped in. */
  readonly upToDate: boolean
  /** Why operations stay undecided although they were sent. */
  readonly undecided: SyncError | undefined
}

const drain = async (context: CycleContext, signal: AbortSignal): Promise<Drained> => {
  let batches = 0
  let upToDate = false
  for (;;) {
    const batch = await takeBatch(context.store, context.scope, context.batchLimits)
    signal.throwIfAborted()
    if (batch.operations.length === 0) return { batches, upToDate, undecided: undefined }
    context.onPhase('push')
    const answer = await pushBatch(context, batch, signal)
    batches += 1
    upToDate = await applyPush(context, batch, answer, signal)
    const sent = new Set(batch.operations.map(({ id }) => id))
    const decidedSome = answer.results.some(({ id, kind }) => kind !== 'retry' && sent.has(id))
    if (!decidedSome && batch.fresh === 0)
      return { batches, upToDate, undecided: waitingError(answer.results) }
  }
}

const waitingError = (results: readonly Result[]): SyncError => {
  const first = results.find((result) => result.kind === 'retry')
  const message = first?.kind === 'retry' ? first.message : 'The server made no decision.'
  return new SyncError('SERVER_FAILED', `The server could not decide yet: ${message}`, {})
}

const toWire = (operation: Operation): WireOperation => {
  const { id, collection, recordId, type, payload, baseVersion, timestamp, opVersion, clientSeq } = operation
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
  }
}

const pushBatch = async (context: CycleContext, batch: Batch, signal: AbortSignal): Promise<PushAnswer> => {
  const { scope, transport, environment, hooks } = context
  const wire = batch.operations.map(toWire)
  const operations = await hooks.waterfall('beforePush', wire)
  checkHooked('beforePush', wire, operations)
  const input = {
    protocol: protocolVersion,
    clientId: batch.meta.clientId,
    instance: batch.meta.instance,
    scope,
    cursor: batch.cursor,
    batchId: environment.newId(),
    operations: [...operations],
  }
  const asked = environment.clock.now()
  const answer = await transport
    .push(input, { signal })
    .catch((error: unknown) => recheckFork(context, batch, error))
  signal.throwIfAborted()
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
  const { page, decided, serverTime } = answer
  if (page.hasMore) {
    // Far behind: pages that come with pushes would not fit together, so the rest is pulled first.
    await swapIn(context, { verdicts, newHead: undefined, serverTime }, signal)
    await pullToHead(context, signal)
    return true
  }
  const newHead = { ...page, decided, cursorRevision: batch.cursorRevision }
  return await swapIn(context, { verdicts, newHead, serverTime }, signal)
}

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
