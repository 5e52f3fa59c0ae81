import { decodeMove, moveType } from '../model/move-input.ts'
import type { Batch } from '../oplog/batch/open-batch.ts'
import type { PushAnswer } from '../protocol/push.ts'
import type { CycleContext } from './cycle-context.ts'
import { withKnown } from './known-verdicts.ts'
import { pullToHead } from './pull-to-head.ts'
import type { Pacer } from './pacer.ts'
import { pushPaced, type PacedAnswer } from './push-paced.ts'
import { isApplied, undecidedOf, verdictsOf } from './results.ts'
import { swapIn } from './show-head.ts'
import { summarize } from './summaries.ts'
import { hasRest } from './tidy-staging.ts'

/** `isShown`: the head of the answer is. */
export type SentBatch =
  | { readonly kind: 'answer'; readonly answer: PushAnswer; readonly isShown: boolean }
  | Exclude<PacedAnswer, { readonly kind: 'answer' }>

/** Pushes a batch, and stores and shows what came of it. */
export const sendBatch = async (
  context: CycleContext,
  batch: Batch,
  { pacer, signal }: { readonly pacer: Pacer; readonly signal: AbortSignal },
): Promise<SentBatch> => {
  context.onPhase('push')
  const paced = await pushPaced(context, batch, { pacer, signal })
  if (paced.kind !== 'answer') return paced
  const { answer } = paced
  await pullArrival(context, batch, answer, signal)
  return { kind: 'answer', answer, isShown: await applyPush(context, batch, answer, signal) }
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

/** True when the answer's page ended at the head and is shown now. */
const applyPush = async (
  context: CycleContext,
  batch: Batch,
  answer: PushAnswer,
  signal: AbortSignal,
): Promise<boolean> => {
  const verdicts = await withKnown(context, batch, verdictsOf(answer.results), signal)
  const undecided = undecidedOf(answer.results)
  context.tell(() => ({ type: 'decided', scope: context.scope, verdicts: summarize(verdicts) }))
  const { page, decided, serverTime, resumeToken } = answer
  context.frugal?.came(page.hasMore)
  const told = { verdicts, undecided, serverTime, resumeToken, clientId: batch.meta.clientId }
  if (page.hasMore) {
    // Far behind: pages that come with pushes would not fit together, so the rest is pulled first.
    await swapIn(context, { ...told, newHead: undefined }, signal)
    if (context.frugal !== undefined) return false
    await pullToHead(context, signal, verdicts)
    return true
  }
  const newHead = { ...page, decided, cursorRevision: batch.cursorRevision }
  return await swapIn(context, { ...told, newHead }, signal)
}
