import { fateOfVerdict, statusOfVerdict, type Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { Decided } from '../protocol/parts.ts'
import type { Change } from '../protocol/pull.ts'
import type { Verdict } from '../protocol/verdict.ts'
import type { Entry } from '../storage/contract.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { addToConflict, markOverwritten } from './conflict-log.ts'
import { cursorEntry, operationEntry, queueEntry, type LogHead } from './entries.ts'
import {
  conflictKey,
  cursorKey,
  logKey,
  operationKey,
  queuePrefix,
  stagingKey,
  waitingPrefix,
  type OperationAddress,
  type RecordAddress,
} from './keys.ts'
import { logHead, putDone, putInConflict, putLogHead, putWaiting } from './log.ts'
import { rebase } from './rebase.ts'
import { flip, isStagedAs } from './staging/flip.ts'

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

export interface Answered {
  /** By operation id; operations that got no decision are absent. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Undefined: only the verdicts are recorded. */
  readonly newHead: NewHead | undefined
  /** This device's clock, and the server's time minus it, in milliseconds. */
  readonly now: number
  readonly clockOffset: number
}

export type SwapResult =
  | { readonly kind: 'swapped'; readonly openedConflicts: readonly RecordAddress[] }
  /** Somebody else swapped in a head meanwhile; the verdicts are recorded, the changes are not. */
  | { readonly kind: 'stale'; readonly openedConflicts: readonly RecordAddress[] }
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

/** A decided or sent operation, as the queue or the waiting list names it. */
interface Listed extends OperationAddress {
  readonly operationId: string
  readonly clientSeq: number | undefined
}

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
  let limit = 0
  return store.update(async (workspace): Promise<SwapResult> => {
    const [, storedCursor, , queued, waitingEntries] = await workspace.read([
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { get: stagingKey(scope) },
      { scan: queuePrefix(scope), limit },
      { scan: waitingPrefix(scope) },
    ])
    const { newHead, verdicts } = answered
    const isCurrent =
      newHead !== undefined &&
      (storedCursor?.revision ?? 0) === newHead.cursorRevision &&
      isStagedAs(workspace, scope, newHead)
    const isCovered = ({ clientSeq }: Listed): boolean => isCurrent && covers(newHead.decided, clientSeq)

    const known = limit
    limit = logHead(workspace, scope).sent
    const [front] = limit > known ? await workspace.read([{ scan: queuePrefix(scope), limit }]) : [queued]
    // Sent operations stand at the front of the queue.
    const sent = toListed(scope, queuePrefix(scope), front).filter(({ clientSeq }) => clientSeq !== undefined)
    const waiting = toListed(scope, waitingPrefix(scope), waitingEntries)
    const unknown = sent.filter((one) => isCovered(one) && !verdicts.has(one.operationId))
    if (unknown.length > 0) return { kind: 'unknown', operations: unknown.map(toUnknown) }

    const decidedNow = sent.filter(({ operationId }) => verdicts.has(operationId))
    const touched = [...decidedNow, ...waiting.filter(isCovered)].sort(
      (left, right) => left.localSeq - right.localSeq,
    )
    await workspace.read(touched.flatMap((one) => [{ get: operationKey(one) }, { get: conflictKey(one) }]))
    const openedConflicts: RecordAddress[] = []
    let head = withServerTime(logHead(workspace, scope), answered)
    for (const listed of touched) {
      const step = settle(workspace, listed, {
        verdict: verdicts.get(listed.operationId),
        covered: isCovered(listed),
      })
      head = {
        ...head,
        sent: head.sent - step.sent,
        conflicts: head.conflicts + step.conflicts,
        deadLetters: head.deadLetters + step.deadLetters,
      }
      if (step.conflicts > 0) openedConflicts.push(listed)
    }
    const isNews = isCurrent && (newHead.changes.length > 0 || !sameCursor(storedCursor, newHead))
    const generation = isCurrent ? newHead.generation : undefined
    if (generation !== undefined) flip(workspace, scope, generation, head)
    else if (
      touched.length > 0 ||
      isNews ||
      hasMoved(logHead(workspace, scope).clockOffset, head.clockOffset)
    ) {
      putLogHead(workspace, scope, head)
    }
    if (isCurrent && (isNews || touched.length > 0)) {
      await rebase(workspace, schema, { scope, changes: newHead.changes, touched })
      const entry = { cursor: newHead.cursor, head: newHead.head, at: answered.now }
      workspace.put(cursorKey(scope), cursorEntry.encode(entry))
    }
    return { kind: newHead === undefined || isCurrent ? 'swapped' : 'stale', openedConflicts }
  })
}

/** Nothing new: committing it all the same would wake other tabs, which would pull and commit in turn. */
const sameCursor = (stored: Entry | undefined, { cursor }: NewHead): boolean =>
  stored !== undefined && cursorEntry.decode(stored.value).cursor === cursor

/** How far a timestamp may be ahead of the server, which clamps what is further. */
const mostAhead = 60_000

/** A clock that was wrong for a while must not mark what is written from now on. */
const withServerTime = (head: LogHead, { now, clockOffset }: Answered): LogHead => {
  // Given before the first contact, it is by this device's clock alone; the operations are corrected when sent.
  const newest = head.clockOffset === undefined ? head.timestamp + clockOffset : head.timestamp
  return {
    ...head,
    clockOffset,
    timestamp: Math.min(newest, now + clockOffset + mostAhead),
  }
}

/** Network delays move the offset a little with each answer; that is not worth a commit. */
const offsetTolerance = 2_000

const hasMoved = (before: number | undefined, after: number | undefined): boolean =>
  before === undefined || after === undefined || Math.abs(before - after) >= offsetTolerance

export const covers = ({ watermark, above }: Decided, clientSeq: number | undefined): boolean =>
  clientSeq !== undefined && (clientSeq <= watermark || above.includes(clientSeq))

/** What the queue, or the list of those whose head is not shown yet, has under its keys. */
const toListed = (scope: string, prefix: string, entries: readonly Entry[]): readonly Listed[] =>
  entries.map(({ key, value }) => ({
    scope,
    localSeq: Number(key.slice(prefix.length)),
    ...queueEntry.decode(value),
  }))

interface Step {
  readonly sent: number
  readonly conflicts: number
  readonly deadLetters: number
}

const nothing: Step = { sent: 0, conflicts: 0, deadLetters: 0 }

/** Gives one operation its fate and its place; returns what that does to the counters. */
const settle = (
  workspace: Workspace,
  listed: Listed,
  { verdict, covered }: { readonly verdict: Verdict | undefined; readonly covered: boolean },
): Step => {
  const stored = workspace.value(operationKey(listed))
  if (stored === undefined) return nothing
  const before = operationEntry.decode(stored)
  if (before.status !== 'SENT') return covered ? leave(workspace, before) : nothing
  if (verdict === undefined) return nothing
  const operation: Operation = { ...before, status: statusOfVerdict(verdict), fate: fateOfVerdict(verdict) }
  if (verdict.kind === 'conflict') {
    putInConflict(workspace, operation)
    return { sent: 1, conflicts: addToConflict(workspace, operation, verdict) ? 1 : 0, deadLetters: 0 }
  }
  if (covered) return { ...leave(workspace, operation), sent: 1 }
  putWaiting(workspace, operation)
  return { ...nothing, sent: 1 }
}

/** A rejected operation is among the dead letters from here on, no sooner. */
const leave = (workspace: Workspace, operation: Operation): Step => {
  markOverwritten(workspace, operation)
  putDone(workspace, operation)
  return { ...nothing, deadLetters: operation.status === 'REJECTED' ? 1 : 0 }
}
