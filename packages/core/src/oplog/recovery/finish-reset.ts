import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Decided } from '../../protocol/parts.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import { cursorEntry, type AbandonedOperation, type LogHead, type LostHistory } from '../entries.ts'
import { archiveKey, conflictPrefix, cursorKey, doneKey, logKey, lostPrefix, stagingKey } from '../keys.ts'
import { takeLostForGood } from '../archive/state.ts'
import { logHead } from '../log.ts'
import { rebase } from '../rebase.ts'
import { stagingEntry } from '../staging/entry.ts'
import { flip, isStagedAs } from '../staging/flip.ts'
import { operationsOf } from '../stored.ts'
import { withServerTime } from '../server-time.ts'
import type { Answered, NewHead } from '../swap.ts'
import { askAnew, reset } from './end-reset.ts'
import { keepTogether, putAgain } from './put-again.ts'
import { renumbered } from './reclaim.ts'

export interface Refetched extends Pick<Answered, 'now' | 'clockOffset'> {
  /** Its changes are staged, and so is that other records are gone. */
  readonly newHead: NewHead & { readonly generation: number }
  readonly newId: () => string
  /** To the schema of this app. Undefined: nobody can. @throws SyncError */
  readonly bringUp: ((operation: Operation) => Promise<Operation>) | undefined
}

export type ResetResult =
  | {
      readonly kind: 'finished'
      readonly requeued: number
      readonly flipped: number
      /** So many were lost that this device has no more either. */
      readonly lostForGood: number
    }
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
  { newHead, newId, bringUp = async (operation) => operation, ...time }: Refetched,
): Promise<ResetResult> =>
  store.update(async (workspace): Promise<ResetResult> => {
    const [, cursor, staging, lost, conflicts] = await workspace.read([
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { get: stagingKey(scope) },
      { scan: lostPrefix(scope) },
      { scan: conflictPrefix(scope) },
      { get: archiveKey(scope) },
    ])
    const before = logHead(workspace, scope)
    const isCurrent = (cursor?.revision ?? 0) === newHead.cursorRevision
    if (before.resetting === undefined || !isCurrent || !isStagedAs(workspace, scope, newHead))
      return { kind: 'stale' }

    const done = lost.map(({ key }) => doneKey(scope, Number(key.slice(lostPrefix(scope).length))))
    const entries = await workspace.read(done.map((key) => ({ get: key })))
    for (const { key } of lost) workspace.remove(key)
    const requeued: Operation[] = []
    for (const operation of operationsOf(entries))
      requeued.push(putAgain(workspace, await bringUp(operation)))
    await keepTogether(workspace, requeued)
    for (const conflict of conflicts) askAnew(workspace, conflict)
    const head = withServerTime({ ...before, sent: before.sent + requeued.length }, time)
    const flipped = flip(workspace, scope, newHead.generation, {
      ...head,
      ...numbersAfter(newHead.decided, head, newId),
      lostHistory: historyAfter(before, staging, requeued.length),
      ...reset,
    })
    const entry = { cursor: newHead.cursor, head: newHead.head, at: time.now }
    workspace.put(cursorKey(scope), cursorEntry.encode(entry))
    await rebase(workspace, schema, { scope, changes: [], touched: requeued, appended: requeued })
    const lostForGood = takeLostForGood(workspace, scope, before, newHead.decided)
    return { kind: 'finished', requeued: requeued.length, flipped, lostForGood }
  })

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
