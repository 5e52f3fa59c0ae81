import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import { maxWaiting } from '../protocol/push.ts'
import type { Workspace } from '../storage/workspace.ts'
import type { Unit } from './batch/units.ts'
import type { LogHead } from './entries.ts'
import { blockedKey, heldKey, queueKey, type RecordAddress } from './keys.ts'
import { enlist } from './log.ts'
import { referredRecords, unmadeReferences } from './references.ts'
import { baseReads } from './staging/base-in.ts'

/**
 * Operations that the server could not decide yet, and later ones of their records, are held back: they leave the
 * queue to strangers, and are tried again after them.
 */

/**
 * No more sent ones are held; what else waits holds up the queue, as one request can name no more of them. Those
 * that were never sent need not be named.
 */
export const hasRoomForHeld = (head: LogHead, unit: Unit): boolean =>
  head.heldSent + unit.filter(({ clientSeq }) => clientSeq !== undefined).length <= maxWaiting

/** What `isBlocked` needs to have been read. */
export const blockedRequests = (schema: Schema, unit: Unit): readonly { readonly get: string }[] =>
  unit.flatMap((operation) => [
    { get: blockedKey(operation) },
    ...referredRecords(schema, operation).flatMap((record) => [
      { get: blockedKey(record) },
      ...baseReads(record),
    ]),
  ])

/**
 * True while an operation is held back on which one of these builds: of the same record, or the creation of one
 * that it refers to. `blockedRequests` must have been read.
 */
export const isBlocked = (workspace: Workspace, schema: Schema, unit: Unit): boolean =>
  unit.some(
    (operation) =>
      isBlockedRecord(workspace, operation) ||
      unmadeReferences(workspace, schema, operation).some((record) => isBlockedRecord(workspace, record)),
  )

const isBlockedRecord = (workspace: Workspace, address: RecordAddress): boolean =>
  workspace.value(blockedKey(address)) !== undefined

/** Moves an operation from the queue to those held back. `blockedKey` must have been read. */
export const hold = (workspace: Workspace, head: LogHead, operation: Operation): LogHead => {
  workspace.remove(queueKey(operation.scope, operation.localSeq))
  enlist(workspace, heldKey, operation)
  return countHeld(workspace, head, operation, 1)
}

/** An operation that was held back is decided, or taken back. `blockedKey` must have been read. */
export const release = (workspace: Workspace, head: LogHead, operation: Operation): LogHead => {
  workspace.remove(heldKey(operation.scope, operation.localSeq))
  return countHeld(workspace, head, operation, -1)
}

const countHeld = (workspace: Workspace, head: LogHead, operation: Operation, change: 1 | -1): LogHead => {
  const key = blockedKey(operation)
  const count = Number(workspace.value(key) ?? 0) + change
  if (count > 0) workspace.put(key, String(count))
  else workspace.remove(key)
  const heldSent = head.heldSent + (operation.clientSeq === undefined ? 0 : change)
  return { ...head, held: head.held + change, heldSent }
}
