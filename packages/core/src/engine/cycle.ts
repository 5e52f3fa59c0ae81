import type { SyncError } from '../base/errors.ts'
import { mostEntities } from '../model/sync-state.ts'
import { cursorEntry } from '../oplog/entries.ts'
import { cursorKey, logKey } from '../oplog/keys.ts'
import { forgetSettled, readRisks, storeForeseen } from '../oplog/batch/risks.ts'
import { readOwned, RecoveryNeeded } from '../oplog/recovery/owner.ts'
import type { CycleContext } from './cycle-context.ts'
import { drain, nothingPushed, retryHeld } from './drain.ts'
import { isTimeUnsure, sight } from './know-time.ts'
import { lookAhead } from './look-ahead.ts'
import { whyDue } from './look-ahead-policy.ts'
import { createPacer } from './pacer.ts'
import { pullToHead } from './pull-to-head.ts'
import { noticeUncovered } from './recovery/notice-uncovered.ts'
import { recover } from './recovery/recover.ts'
import { logHeadOf } from '../oplog/stored.ts'
import { makeAgain } from './show-head.ts'
import type { Attention } from './states.ts'
import { tidyStaging } from './tidy-staging.ts'

/**
 * One sync run of one scope: drains the queue batch by batch, tries again what is held back, then makes sure that a
 * head no older than the last push is shown. Returns when there is nothing left to do; the first failure ends it.
 * @throws SyncError
 */
export const runCycle = async (context: CycleContext, options: CycleOptions): Promise<CycleEnd> => {
  const undecided = await recovering(context, options).catch(async (error: unknown) => {
    // What is on this device already needs no server to take its place.
    if (!options.signal.aborted) await tidyStaging(context, options.signal).catch(() => undefined)
    throw error
  })
  await tidyStaging(context, options.signal)
  return { undecided, attention: await findAttention(context) }
}

/** How a run ended that did all it could. */
export interface CycleEnd {
  /** Why operations stay undecided although they were sent, if some do. */
  readonly undecided: SyncError | undefined
  /** What waits for the app's word, if anything does. */
  readonly attention: Attention | undefined
}

const findAttention = async ({ store, scope, environment }: CycleContext): Promise<Attention | undefined> => {
  if ((await readRisks(store, scope)).length === 0) return undefined
  await forgetSettled(store, scope)
  const risks = await readRisks(store, scope)
  if (risks.length === 0) return undefined
  const entities = risks.slice(0, mostEntities).map((risk) => ({ scope, ...risk }))
  return { at: environment.clock.now(), entities, total: risks.length }
}

/** So often in one run the server may ask this device to begin anew. */
const mostRecoveries = 5

const recovering = async (context: CycleContext, options: CycleOptions): Promise<SyncError | undefined> => {
  for (let recoveries = 0; ; recoveries += 1) {
    try {
      await recover(context, options.signal)
      const undecided = await exchange(context, options)
      // What is decided need not be part of a head that lags.
      if (context.frugal === undefined) await noticeUncovered(context, options.signal)
      return undecided
    } catch (error) {
      if (!(error instanceof RecoveryNeeded) || options.signal.aborted) throw error
      if (recoveries === mostRecoveries) throw error.refusal ?? error
    }
  }
}

const exchange = async (
  context: CycleContext,
  { pullFirst: isFirst, leaveHeld, signal }: CycleOptions,
): Promise<SyncError | undefined> => {
  await sight(context)
  const { store, scope } = context
  const queue = (await readOwned(store, scope)).head
  const wasCut = queue.sent > queue.heldSent
  if (context.frugal !== undefined && queue.pending + queue.sent === 0) return undefined
  const pullFirst = isTimeUnsure(context) || (isFirst && (context.frugal === undefined || wasCut))
  const isDue = await isLookAheadDue(context, leaveHeld)
  if (pullFirst) {
    await pullToHead(context, signal)
    // What a crash may have left.
    await makeAgain(context, 'at head')
  }
  await context.coreParts.expiry?.expire(context, signal)
  if (context.hooks.has('compactQueue')) {
    // While what a reset or a large pull brought is not in its place, nothing is folded; afterwards it would be sent.
    await tidyStaging(context, signal)
    await context.coreParts.compaction?.compact(context, { trigger: 'sync' }, signal)
  }
  const ahead = isDue ? await lookAhead(context, signal) : undefined
  const mustPull = ahead?.pullsFirst === true && !pullFirst
  if (mustPull) await pullToHead(context, signal)
  const { head } = await readOwned(store, scope)
  const pacer = createPacer(context, head)
  if (pullFirst) await pacer.wasCut(head.sent - head.heldSent)
  const drained = await drain(context, pacer, signal)
  const retriesHeld = drained.held && !leaveHeld
  const retried = retriesHeld ? await retryHeld(context, pacer, drained.tried, signal) : nothingPushed
  await pacer.keep()
  const batches = drained.batches + retried.batches
  const upToDate = retried.batches > 0 ? retried.upToDate : drained.upToDate
  const rebased = drained.rebased || retried.rebased
  const mayLag = context.frugal !== undefined && !rebased
  if (!upToDate && !mayLag && !((pullFirst || mustPull) && batches === 0)) await pullToHead(context, signal)
  // Where another tab got in the way of a page, the newer record came only now.
  if (rebased) await makeAgain(context, 'at head')
  return drained.undecided ?? retried.undecided ?? ahead?.unforeseen
}

/** A pull makes a long absence forgotten: so that it is due is stored before. */
const isLookAheadDue = async (context: CycleContext, leavesHeld: boolean): Promise<boolean> => {
  const { store, scope, environment } = context
  const [log, cursor] = await store.read([{ get: logKey(scope) }, { get: cursorKey(scope) }])
  const head = logHeadOf(log?.value)
  const pulledAt = cursor === undefined ? undefined : cursorEntry.decode(cursor.value).at
  const why = whyDue(context.lookAhead, { head, pulledAt, now: environment.clock.now(), leavesHeld })
  if (why === 'absent') await storeForeseen(store, scope, 'due')
  return why !== undefined
}

export interface CycleOptions {
  /** Pull before the first push: right after a start, to learn the server's time and state. */
  readonly pullFirst: boolean
  /** Does not try again what is held back. */
  readonly leaveHeld: boolean
  readonly signal: AbortSignal
}
