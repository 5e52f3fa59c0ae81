import type { Environment } from '../base/environment.ts'
import { SyncError, hasCode } from '../base/errors.ts'
import { cursorEntry } from '../oplog/entries.ts'
import { acknowledgeInstance, isCurrentInstance } from '../oplog/identity.ts'
import { cursorKey, metaKey, type RecordAddress } from '../oplog/keys.ts'
import { covers, swap, type NewHead, type UnknownOperation } from '../oplog/swap.ts'
import { takeBatch, type Batch, type BatchLimits } from '../oplog/take-batch.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { SyncPhase } from '../model/sync-state.ts'
import { checkHooked } from '../plugin/check-hooked.ts'
import type { HookRunner } from '../plugin/kernel.ts'
import type { Change } from '../protocol/pull.ts'
import type { PushAnswer, WireOperation } from '../protocol/push.ts'
import { maxResumeIds } from '../protocol/resume.ts'
import type { Result, Verdict } from '../protocol/verdict.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { Store } from '../storage/store.ts'
import type { Transport } from '../transport/contract.ts'

/** All that one scope's sync needs. */
export interface CycleContext {
  readonly scope: string
  readonly clientId: string
  readonly store: Store
  readonly schema: Schema
  readonly transport: Transport
  readonly environment: Environment
  readonly hooks: HookRunner
  readonly batchLimits: BatchLimits
  readonly pageLimit: number
  readonly onPhase: (phase: SyncPhase) => void
  readonly onConflicts: (records: readonly RecordAddress[]) => void
  /** A failure that ends nothing, for logs and events. */
  readonly onProblem: (error: SyncError) => void
}

/**
 * One sync run of one scope: drains the queue batch by batch, then makes sure that a head no older than the
 * last push is shown. Returns when there is nothing left to do; the first failure ends it.
 * @throws SyncError
 */
export const runCycle = async (context: CycleContext, options: CycleOptions): Promise<void> => {
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
  const answer = await transport
    .push(input, { signal })
    .catch((error: unknown) => recheckFork(context, batch, error))
  signal.throwIfAborted()
  await acknowledgeInstance(context.store, batch.meta.instance)
  for (const failure of await hooks.observe('afterPush', answer.results)) context.onProblem(failure)
  return answer
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

const staleLimit = 20

/** Pulls all pages after the stored cursor and swaps the head in. */
const pullToHead = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  context.onPhase('pull')
  for (let attempt = 0; attempt < staleLimit; attempt += 1) {
    const { newHead, serverTime } = await pullPages(context, signal)
    if (await swapIn(context, { verdicts: new Map(), newHead, serverTime }, signal)) return
  }
  throw new SyncError(
    'STORAGE_CONFLICT',
    'Other tabs keep pulling at the same time; it will be tried again.',
    {
      key: cursorKey(context.scope),
    },
  )
}

const pullPages = async (
  { scope, store, transport, clientId, pageLimit }: CycleContext,
  signal: AbortSignal,
): Promise<{ readonly newHead: NewHead; readonly serverTime: number }> => {
  const stored = await store.get(cursorKey(scope))
  const changes: Change[] = []
  let cursor = stored === undefined ? '' : cursorEntry.decode(stored.value).cursor
  for (;;) {
    const answer = await transport.pull(
      { protocol: protocolVersion, clientId, scope, cursor, limit: pageLimit },
      { signal },
    )
    signal.throwIfAborted()
    changes.push(...answer.changes)
    cursor = answer.cursor
    if (answer.hasMore) continue
    const newHead = {
      changes,
      decided: answer.decided,
      cursor,
      head: answer.head,
      cursorRevision: stored?.revision ?? 0,
    }
    return { newHead, serverTime: answer.serverTime }
  }
}

interface SwapInput {
  readonly verdicts: Map<string, Verdict>
  readonly newHead: NewHead | undefined
  readonly serverTime: number
}

/** Swaps, after asking for verdicts that the head includes and nobody has told yet. False: the page was stale. */
const swapIn = async (context: CycleContext, input: SwapInput, signal: AbortSignal): Promise<boolean> => {
  const { store, schema, scope, environment, hooks } = context
  const now = environment.clock.now()
  const head = input.newHead
  const newHead = head && { ...head, changes: await hooks.waterfall('beforeApplyRemote', head.changes) }
  if (newHead !== undefined) checkHooked('beforeApplyRemote', head?.changes ?? [], newHead.changes)
  const verdicts = new Map(input.verdicts)
  for (;;) {
    const result = await swap(store, schema, scope, {
      verdicts,
      newHead,
      now,
      clockOffset: input.serverTime - now,
    })
    if (result.kind === 'unknown') {
      for (const [id, verdict] of await askVerdicts(context, result.operations, signal)) verdicts.set(id, verdict)
      continue
    }
    if (result.openedConflicts.length > 0) context.onConflicts(result.openedConflicts)
    if (result.kind === 'stale') return false
    if (newHead !== undefined && newHead.changes.length > 0) {
      for (const failure of await hooks.observe('afterApplyRemote', newHead.changes))
        context.onProblem(failure)
    }
    return newHead !== undefined
  }
}

const askVerdicts = async (
  { transport, clientId, scope }: CycleContext,
  operations: readonly UnknownOperation[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Verdict])[]> => {
  const asked = operations.slice(0, maxResumeIds)
  const ids = asked.map(({ id }) => id)
  const answer = await transport.resume({ protocol: protocolVersion, clientId, scope, ids }, { signal })
  signal.throwIfAborted()
  const told = new Map(answer.verdicts.map(({ id, verdict }) => [id, verdict]))
  return asked.map(({ id, clientSeq }) => {
    const verdict = told.get(id)
    if (verdict !== undefined && verdict !== null) return [id, verdict]
    if (covers(answer.decided, clientSeq)) return [id, outcomeUnknown]
    throw new SyncError('SERVER_FAILED', 'The server knows less than a moment ago; it will be asked again.', {})
  })
}

/** The server decided it, and does not know any more how: it is never applied again by guess. */
const outcomeUnknown: Verdict = {
  kind: 'rejected',
  code: 'OUTCOME_UNKNOWN',
  message: 'The server decided this operation but no longer knows how. Look at the record before you write it again.',
}
