import type { Operation } from '../../model/operation.ts'
import type { Workspace } from '../../storage/workspace.ts'
import type { LogHead } from '../entries.ts'
import {
  blockedKey,
  conflictKey,
  operationKey,
  operationPrefix,
  recordKey,
  type RecordAddress,
} from '../keys.ts'
import { operationsOf } from '../stored.ts'

/** A part of a record's operations. */
export interface Portion {
  readonly address: RecordAddress
  /** Only older ones than this; undefined: the newest. */
  readonly before: Operation | undefined
  readonly head: LogHead
}

/** What of it may be folded. */
export interface Foldable {
  /** Never sent, oldest first. */
  readonly pending: readonly Operation[]
  /** All of the portion, newest first. */
  readonly newest: readonly Operation[]
  /** There are no others on the record. */
  readonly isWhole: boolean
  /** The oldest that was looked at, where older ones may be folded too. */
  readonly oldest: Operation | undefined
}

/** So many operations of one record are looked at in one step. */
export const portionOfRecord = 500

const none: Foldable = { pending: [], newest: [], isWhole: false, oldest: undefined }

/** What has to be read of a record before, besides its entry. */
export const compactReads = (address: RecordAddress): readonly { readonly get: string }[] => [
  { get: conflictKey(address) },
  { get: blockedKey(address) },
]

export const readFoldable = async (
  workspace: Workspace,
  { address, before, head }: Portion,
): Promise<Foldable> => {
  if (head.folding !== undefined || head.resetting !== undefined) return none
  // What waits, for a person or for the server, is somebody's affair already.
  if (compactReads(address).some(({ get }) => workspace.value(get) !== undefined)) return none
  const after = before === undefined ? undefined : operationKey(before)
  const [entries, now] = await workspace.read([
    { scan: operationPrefix(address), reverse: true, limit: portionOfRecord, after },
    { get: recordKey(address) },
  ])
  // Another tab has written it since it was read: these are no longer the operations of that record.
  if ((now?.revision ?? 0) !== workspace.revision(recordKey(address))) return none
  const newest = operationsOf(entries)
  const fixed = newest.findIndex((operation) => !isOwn(operation, head))
  const pending = (fixed === -1 ? newest : newest.slice(0, fixed)).toReversed()
  const isFull = newest.length === portionOfRecord
  return {
    pending,
    newest,
    isWhole: before === undefined && !isFull,
    oldest: fixed === -1 && isFull ? pending[0] : undefined,
  }
}

/**
 * Nobody else has it, or may have sent it: its id may stand for something else from here on. What was cut out of a put that
 * the server could not settle would only become the same put again.
 */
const isOwn = ({ status, localSeq, isShared, remadeOn }: Operation, head: LogHead): boolean => {
  const { sharedBefore = 0, exportedBefore = 0 } = head
  const isYoung = localSeq >= Math.max(sharedBefore, exportedBefore)
  return status === 'PENDING' && isShared !== true && remadeOn === undefined && isYoung
}
