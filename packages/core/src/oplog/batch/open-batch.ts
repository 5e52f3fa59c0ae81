import type { Operation } from '../../model/operation.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { queueEntry, type AbandonedOperation, type LostHistory, type Meta } from '../entries.ts'
import type { Era } from '../expiry/era.ts'
import { cursorKey, heldPrefix, logKey, metaKey } from '../keys.ts'
import { logHead } from '../log.ts'
import { needsRecovery, RecoveryNeeded, toOwned } from '../recovery/owner.ts'
import { cursorOf } from '../stored.ts'

/** What one push will carry. All its operations are frozen and stored as sent. */
export interface Batch {
  readonly meta: Meta
  readonly operations: readonly Operation[]
  /** How many of them are sent for the first time. */
  readonly fresh: number
  /** Operations that were put aside instead, because earlier ones of their records are held back. */
  readonly putAside: number
  /** The numbers of all operations that are held back and are not in this batch. */
  readonly waiting: readonly number[]
  /** How many are held back, sent or not. */
  readonly held: number
  readonly cursor: string
  /** The stored cursor must still have this revision when the answer's page is swapped in. */
  readonly cursorRevision: number
  /** All that was undecided when the batch was taken, what it carries included. */
  readonly queued: number
  /** Bytes that the operations take in the request, at most. */
  readonly bytes: number
  readonly abandoned: readonly AbandonedOperation[]
  readonly lostHistory: LostHistory | undefined
  readonly era: Era | undefined
  /** A generation was being folded. */
  readonly isFolding: boolean
}

export interface Opened {
  readonly entries: readonly Entry[]
  readonly batch: Omit<Batch, 'operations' | 'fresh' | 'putAside' | 'bytes'>
}

/**
 * Reads what every batch needs, and the list that it is taken from.
 * @throws RecoveryNeeded
 */
export const openBatch = async (
  workspace: Workspace,
  scope: string,
  scan: { readonly scan: string; readonly limit: number; readonly after?: string | undefined },
): Promise<Opened> => {
  const [log, cursor, metaStored, entries] = await workspace.read([
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { get: metaKey },
    scan,
  ])
  const head = logHead(workspace, scope)
  const owned = toOwned(metaStored, log)
  if (needsRecovery(owned)) throw new RecoveryNeeded(scope)
  // Numbers that are given now must be this client id's when they are stored.
  workspace.expect(metaKey)
  const held = head.held === 0 ? [] : (await workspace.read([{ scan: heldPrefix(scope) }]))[0]
  return {
    entries,
    batch: {
      meta: owned.meta,
      held: held.length,
      waiting: held.flatMap(({ value }) => queueEntry.decode(value).clientSeq ?? []),
      cursor: cursorOf(cursor?.value),
      cursorRevision: cursor?.revision ?? 0,
      queued: head.pending + head.sent,
      abandoned: head.abandoned ?? [],
      lostHistory: head.lostHistory,
      era: head.era,
      isFolding: head.folding !== undefined,
    },
  }
}
