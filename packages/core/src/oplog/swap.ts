import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { Decided } from '../protocol/parts.ts'
import type { Change } from '../protocol/pull.ts'
import type { Verdict } from '../protocol/verdict.ts'
import type { Entry } from '../storage/contract.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { toUnits } from './batch/units.ts'
import { cursorEntry, operationEntry, type LogHead } from './entries.ts'
import { hasRoomForHeld, hold } from './held.ts'
import { blockedKey, cursorKey, operationKey, type RecordAddress } from './keys.ts'
import { logHead, putLogHead } from './log.ts'
import { readUndone } from './read-undone.ts'
import { rebase } from './rebase.ts'
import { endReset } from './recovery/end-reset.ts'
import { hasMoved, withServerTime, type ToldTime } from './server-time.ts'
import { settle, settleRequests, type Listed } from './settle.ts'
import { flip, isStagedAs } from './staging/flip.ts'
import { byAge } from './stored.ts'

/** A new head of the scope: all changes since the stored cursor, from pages that end at the head. */
export interface NewHead {
  readonly changes: readonly Change[]
  readonly decided: Decided
  readonly cursor: string
  readonly head: number
  /** The revision of the stored cursor when the first page was asked for. */
  readonly cursorRevision: number
  /** Where the changes are staged: the generation that holds them. Then `changes` is empty. */
  readonly generation?: number | undefined
}

export interface Answered extends ToldTime {
  /** By operation id; operations that got no decision are absent. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Ids of operations that the server could not decide yet: they make room for strangers. */
  readonly undecided: ReadonlySet<string>
  /** Undefined: only the verdicts are recorded. */
  readonly newHead: NewHead | undefined
  /** Of a push: tells `resume` from where on verdicts may be missing. */
  readonly resumeToken?: string | undefined
}

export type SwapResult =
  | {
      readonly kind: 'swapped'
      readonly openedConflicts: readonly RecordAddress[]
      /** How many staged records count from now on. */
      readonly flipped: number
      /** The server's time minus this device's, where it is another one than before. */
      readonly clockOffset: number | undefined
    }
  /** Somebody else swapped in a head meanwhile; the verdicts are recorded, the changes are not. */
  | { readonly kind: 'stale'; readonly openedConflicts: readonly RecordAddress[] }
  /** Nothing was written: the server knows numbers that this device has not given yet. A copy of it has. */
  | { readonly kind: 'forked' }
  /** Nothing was written: the head includes decisions whose verdicts are not known; ask for them first. */
  | { readonly kind: 'unknown'; readonly operations: readonly UnknownOperation[] }

export interface UnknownOperation {
  readonly id: string
  readonly clientSeq: number
}

const toUnknown = ({ operationId, clientSeq }: Listed): UnknownOperation => ({
  id: operationId,
  clientSeq: clientSeq ?? 0,
})

/**
 * Stores verdicts and swaps in a new head, in one commit. An operation leaves the replay here and nowhere
 * else: when the head that is swapped in includes its decision.
 */
export const swap = (
  store: Store,
  schema: Schema,
  scope: string,
  answered: Answered,
): Promise<SwapResult> => {
  // How many were sent, as the last attempt saw it: then one read is enough, and busy writers leave room for that.
  let reckoned = 0
  return store.update(async (workspace): Promise<SwapResult> => {
    const { storedCursor, sent, waiting, sentInQueue } = await readUndone(workspace, scope, reckoned)
    reckoned = sentInQueue
    const { newHead, verdicts } = answered
    const isCurrent =
      newHead !== undefined &&
      (storedCursor?.revision ?? 0) === newHead.cursorRevision &&
      isStagedAs(workspace, scope, newHead)
    if (isCurrent && knowsMore(newHead.decided, logHead(workspace, scope))) return { kind: 'forked' }
    const isCovered = ({ clientSeq }: Listed): boolean => isCurrent && covers(newHead.decided, clientSeq)

    const unknown = [...sent, ...lastOf(waiting.filter(isCovered))].filter(
      (one) => isCovered(one) && !verdicts.has(one.operationId),
    )
    if (unknown.length > 0) return { kind: 'unknown', operations: unknown.map(toUnknown) }

    const decidedNow = sent.filter(({ operationId }) => verdicts.has(operationId))
    const touched = [...decidedNow, ...waiting.filter(isCovered)].sort(byAge)
    await workspace.read(touched.flatMap(settleRequests))
    const openedConflicts: RecordAddress[] = []
    const members = membersOf(workspace, decidedNow)
    const { clockOffset: offsetBefore, era: eraBefore } = logHead(workspace, scope)
    let head = withServerTime(logHead(workspace, scope), answered)
    if (answered.resumeToken !== undefined) head = { ...head, resumeToken: answered.resumeToken }
    for (const listed of touched) {
      const step = settle(workspace, head, listed, { verdicts, members, covered: isCovered(listed) })
      head = step.head
      if (step.isNewConflict) openedConflicts.push(listed)
    }
    const toHold = sent.filter(
      ({ place, operationId }) =>
        place === 'queue' && answered.undecided.has(operationId) && !verdicts.has(operationId),
    )
    head = await holdAll(workspace, head, toHold)
    const isNews = isCurrent && (newHead.changes.length > 0 || !sameCursor(storedCursor, newHead))
    const generation = isCurrent ? newHead.generation : undefined
    const isMoved =
      touched.length > 0 ||
      toHold.length > 0 ||
      isNews ||
      hasMoved(offsetBefore, head.clockOffset) ||
      eraBefore?.number !== head.era?.number
    const flipped =
      generation === undefined
        ? 0
        : flip(workspace, scope, generation, await endReset(workspace, scope, head, storedCursor))
    if (generation === undefined && isMoved) putLogHead(workspace, scope, head)
    if (isCurrent && (isNews || touched.length > 0)) {
      await rebase(workspace, schema, { scope, changes: newHead.changes, touched })
      const entry = { cursor: newHead.cursor, head: newHead.head, at: answered.now }
      workspace.put(cursorKey(scope), cursorEntry.encode(entry))
    }
    if (newHead !== undefined && !isCurrent) return { kind: 'stale', openedConflicts }
    const isNewOffset = hasMoved(offsetBefore, head.clockOffset)
    return {
      kind: 'swapped',
      openedConflicts,
      flipped,
      clockOffset: isNewOffset ? head.clockOffset : undefined,
    }
  })
}

/**
 * Verdicts that came without their page: the number of the last one has to be its own still, and then so are those of
 * the others. A server that was set back may have given it to a copy.
 */
const lastOf = (waiting: readonly Listed[]): readonly Listed[] => {
  const [last] = [...waiting].sort((left, right) => (right.clientSeq ?? 0) - (left.clientSeq ?? 0))
  return last === undefined ? [] : [last]
}

/** The operations of each transaction, of those listed. They must have been read. */
const membersOf = (
  workspace: Workspace,
  listed: readonly Listed[],
): ReadonlyMap<string, readonly Operation[]> => {
  const members = new Map<string, readonly Operation[]>()
  for (const one of listed) {
    const stored = workspace.value(operationKey(one))
    // Few are of a transaction; the others need not be decoded.
    if (stored === undefined || !stored.includes('"transaction":')) continue
    const operation = operationEntry.decode(stored)
    const { transaction } = operation
    if (transaction === undefined) continue
    members.set(transaction.id, [...(members.get(transaction.id) ?? []), operation])
  }
  return members
}

/** Nothing new: committing it all the same would wake other tabs, which would pull and commit in turn. */
const sameCursor = (stored: Entry | undefined, { cursor }: NewHead): boolean =>
  stored !== undefined && cursorEntry.decode(stored.value).cursor === cursor

export const covers = ({ watermark, above }: Decided, clientSeq: number | undefined): boolean =>
  clientSeq !== undefined && (clientSeq <= watermark || above.includes(clientSeq))

/** A number is stored before it goes out. First a reset ends: what is doubtful is known by it. */
const knowsMore = ({ watermark, above }: Decided, { nextClientSeq, resetting }: LogHead): boolean =>
  resetting === undefined &&
  (watermark >= nextClientSeq || above.some((clientSeq) => clientSeq >= nextClientSeq))

/** Makes room for strangers, as far as one request can name what is held back. */
const holdAll = async (workspace: Workspace, head: LogHead, listed: readonly Listed[]): Promise<LogHead> => {
  if (listed.length === 0) return head
  await workspace.read(listed.flatMap((one) => [{ get: operationKey(one) }, { get: blockedKey(one) }]))
  const operations = listed.flatMap((one) => {
    const stored = workspace.value(operationKey(one))
    return stored === undefined ? [] : [operationEntry.decode(stored)]
  })
  let next = head
  for (const unit of toUnits(operations)) {
    if (!hasRoomForHeld(next, unit)) break
    for (const operation of unit) next = hold(workspace, next, operation)
  }
  return next
}
