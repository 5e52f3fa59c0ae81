import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Decided } from '../../protocol/parts.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { putTransaction } from '../enqueue-transaction.ts'
import {
  conflictEntry,
  cursorEntry,
  operationEntry,
  queueEntry,
  type AbandonedOperation,
  type LogHead,
  type LostHistory,
} from '../entries.ts'
import {
  conflictPrefix,
  cursorKey,
  doneKey,
  logKey,
  lostKey,
  lostPrefix,
  operationKey,
  stagingKey,
  waitingKey,
  waitingPrefix,
} from '../keys.ts'
import { appendOperation, logHead } from '../log.ts'
import { rebase } from '../rebase.ts'
import { settle, settleRequests, type Listed } from '../settle.ts'
import { stagingEntry } from '../staging/entry.ts'
import { flip, isStagedAs } from '../staging/flip.ts'
import { withServerTime, type Answered, type NewHead } from '../swap.ts'
import { renumbered } from './reclaim.ts'

export interface Refetched extends Pick<Answered, 'now' | 'clockOffset'> {
  /** Its changes are staged, and so is that other records are gone. */
  readonly newHead: NewHead & { readonly generation: number }
  readonly newId: () => string
}

export type ResetResult =
  | { readonly kind: 'finished'; readonly requeued: number; readonly flipped: number }
  /** Another tab was faster, or something has changed since the head was asked for. Nothing was written. */
  | { readonly kind: 'stale' }

/**
 * Ends a reset, in one commit: the head that was staged is shown, the operations that the server lost are back on their
 * records and in the queue, numbers go on from what the server knows.
 */
export const finishReset = (
  store: Store,
  schema: Schema,
  scope: string,
  { newHead, newId, ...time }: Refetched,
): Promise<ResetResult> =>
  store.update(async (workspace): Promise<ResetResult> => {
    const [, cursor, staging, waiting, lost, conflicts] = await workspace.read([
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { get: stagingKey(scope) },
      { scan: waitingPrefix(scope) },
      { scan: lostPrefix(scope) },
      { scan: conflictPrefix(scope) },
    ])
    const before = logHead(workspace, scope)
    const isCurrent = (cursor?.revision ?? 0) === newHead.cursorRevision
    if (before.resetting === undefined || !isCurrent || !isStagedAs(workspace, scope, newHead))
      return { kind: 'stale' }

    const listed = waiting.map((entry) => toListed(scope, entry))
    const lostSeqs = new Set(lost.map(({ key }) => Number(key.slice(lostPrefix(scope).length))))
    const left = listed.filter(({ localSeq }) => !lostSeqs.has(localSeq))
    const kept = listed.filter(({ localSeq }) => lostSeqs.has(localSeq))
    await workspace.read([
      ...left.flatMap(settleRequests),
      ...kept.map((one) => ({ get: operationKey(one) })),
      ...[...lostSeqs].map((localSeq) => ({ get: doneKey(scope, localSeq) })),
    ])
    const covered = { verdicts: new Map(), members: new Map(), covered: true }
    let head = left.reduce((so, one) => settle(workspace, so, one, covered).head, before)
    const keptKeys = new Map(kept.map((one) => [one.localSeq, operationKey(one)]))
    const requeued = [...lostSeqs].flatMap((localSeq) => {
      workspace.remove(lostKey(scope, localSeq))
      const stored = workspace.value(keptKeys.get(localSeq) ?? doneKey(scope, localSeq))
      return stored === undefined ? [] : [requeue(workspace, operationEntry.decode(stored))]
    })
    putTransactions(workspace, requeued)
    for (const conflict of conflicts) askAnew(workspace, conflict)
    head = withServerTime({ ...head, sent: head.sent + requeued.length }, time)
    const flipped = flip(workspace, scope, newHead.generation, {
      ...head,
      ...numbersAfter(newHead.decided, head, newId),
      lostHistory: historyAfter(before, staging, requeued.length),
      resetting: undefined,
    })
    const entry = { cursor: newHead.cursor, head: newHead.head, at: time.now }
    workspace.put(cursorKey(scope), cursorEntry.encode(entry))
    const onRecords = new Set(kept.map(({ localSeq }) => localSeq))
    await rebase(workspace, schema, {
      scope,
      changes: [],
      touched: [...left, ...requeued],
      appended: requeued.filter(({ localSeq }) => !onRecords.has(localSeq)),
    })
    return { kind: 'finished', requeued: requeued.length, flipped }
  })

const toListed = (scope: string, { key, value }: Entry): Listed => ({
  place: 'waiting',
  scope,
  localSeq: Number(key.slice(waitingPrefix(scope).length)),
  ...queueEntry.decode(value),
})

/** The server lost it: it is sent again as it was. */
const requeue = (workspace: Workspace, lost: Operation): Operation => {
  const operation: Operation = { ...lost, status: 'SENT', fate: { kind: 'sent' }, clientSeq: undefined }
  appendOperation(workspace, operation)
  workspace.remove(doneKey(lost.scope, lost.localSeq))
  workspace.remove(waitingKey(lost.scope, lost.localSeq))
  return operation
}

/** What belongs together was forgotten once it was applied. */
const putTransactions = (workspace: Workspace, requeued: readonly Operation[]): void => {
  const members = new Map<string, readonly Operation[]>()
  for (const operation of requeued) {
    const { transaction } = operation
    if (transaction === undefined) continue
    members.set(transaction.id, [...(members.get(transaction.id) ?? []), operation])
  }
  for (const [id, operations] of members) putTransaction(workspace, id, operations)
}

/** The version that the verdict told of may never come again: the question is about what is shown now. */
const askAnew = (workspace: Workspace, { key, value }: Entry): void => {
  const { answer: _, ...conflict } = conflictEntry.decode(value)
  const untold = { serverVersion: 0, serverData: null, serverDeleted: true }
  workspace.put(key, conflictEntry.encode({ ...conflict, ...untold }))
}

/** What was made until now may have seen what the server has no more; its versions are given anew there. */
const historyAfter = (
  { resetting, lostHistory, nextLocalSeq, pending, sent }: LogHead,
  staging: Entry | undefined,
  requeued: number,
): LostHistory | undefined => {
  if (resetting !== 'epoch_changed' && requeued === 0) return lostHistory
  const staged = staging === undefined ? undefined : stagingEntry.decode(staging.value)
  const history = staged?.kind === 'pull' ? (staged.history ?? 0) : 0
  const isOpen = pending + sent > 0 && lostHistory !== undefined
  return { before: nextLocalSeq, history: isOpen ? Math.min(history, lostHistory.history) : history }
}

/** What the server misses below its highest number is spent by empty operations; what is sent from now on comes after. */
const numbersAfter = (
  { watermark, above }: Decided,
  { abandoned = [] }: LogHead,
  newId: () => string,
): Pick<LogHead, 'nextClientSeq' | 'abandoned'> => {
  const known = new Set(above)
  const highest = above.reduce((most, clientSeq) => Math.max(most, clientSeq), watermark)
  const spent: AbandonedOperation[] = []
  for (let clientSeq = watermark + 1; clientSeq < highest; clientSeq += 1)
    if (!known.has(clientSeq)) spent.push({ id: newId(), clientSeq })
  const all = [...spent, ...renumbered(abandoned, highest + 1)]
  const nextClientSeq = highest + 1 + abandoned.length
  return { nextClientSeq, abandoned: all.length === 0 ? undefined : all }
}
