import { portableEquals } from '../../base/portable.ts'
import type { Operation } from '../../model/operation.ts'
import type { BaseRow, RecordData } from '../../model/record.ts'
import { collectionOf, type Schema } from '../../model/schema.ts'
import { visibleRecord } from '../../model/typed-fields.ts'
import type { CompactableRecord, CompactionTrigger } from '../../plugin/hooks.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { operationEntry, type LogHead } from '../entries.ts'
import {
  blockedKey,
  conflictKey,
  operationKey,
  operationPrefix,
  recordKey,
  type RecordAddress,
} from '../keys.ts'
import { putDone } from '../log.ts'
import { show } from '../rebase.ts'
import { putRecord, recordIn } from '../records.ts'
import { operationsOf } from '../stored.ts'
import { checkFolds, refuseFold, type CheckedFold } from './check-folds.ts'
import { goneBy, withoutNamed } from './named-by-others.ts'

export interface CompactContext {
  readonly schema: Schema
  readonly trigger: CompactionTrigger
  /** The `compactQueue` hooks. */
  readonly decide: (record: CompactableRecord) => Promise<CompactableRecord>
}

export interface CompactedPortion {
  readonly head: LogHead
  /** Operations that are no longer in the queue. */
  readonly folded: number
  /** The oldest operation that was looked at; undefined: there is no older one to fold. */
  readonly oldest: Operation | undefined
}

/** So many operations of one record are looked at in one step. */
export const portionOfRecord = 500

/**
 * Folds the newest operations of a record, in the workspace. `before`: only older ones than this. `recordReads` of it,
 * its `conflictKey` and the log's head must have been read. What is shown of the record stays the same.
 * @throws SyncError INVALID, TOO_LARGE (what a hook gave), PLUGIN_FAILED
 */
export const compactRecord = async (
  workspace: Workspace,
  { schema, trigger, decide }: CompactContext,
  { address, before, head }: Portion,
): Promise<CompactedPortion> => {
  const nothing = { head, folded: 0, oldest: undefined }
  if (head.folding !== undefined || head.resetting !== undefined) return nothing
  // What waits, for a person or for the server, is somebody's affair already.
  if (compactReads(address).some(({ get }) => workspace.value(get) !== undefined)) return nothing
  const prefix = operationPrefix(address)
  const after = before === undefined ? undefined : operationKey(before)
  const [entries, now] = await workspace.read([
    { scan: prefix, reverse: true, limit: portionOfRecord, after },
    { get: recordKey(address) },
  ])
  // Another tab has written it since it was read: these are no longer the operations of that record.
  if ((now?.revision ?? 0) !== workspace.revision(recordKey(address))) return nothing
  const newest = operationsOf(entries)
  const sent = newest.findIndex((operation) => !isOwn(operation, head))
  const pending = (sent === -1 ? newest : newest.slice(0, sent)).toReversed()
  const [first] = pending
  if (first === undefined) return nothing
  const oldest = sent === -1 && newest.length === portionOfRecord ? first : undefined
  if (pending.length < 2) return { ...nothing, oldest }

  const definition = collectionOf(schema, address.collection)
  const record = recordIn(workspace, address)
  const isReferred = Object.values(schema.collections).some(({ references }) =>
    Object.values(references).includes(address.collection),
  )
  const isPrivate = record.base === undefined && !isReferred
  const wanted: CheckedFold[] = []
  for (const operations of apart(pending, head)) {
    const asked = { ...address, trigger, definition, isPrivate, operations, folds: [] }
    wanted.push(...checkFolds(asked, (await decide(asked)).folds))
  }
  const hasTypes = Object.keys(definition.fieldTypes).length > 0 && wanted.length > 0
  const newer = hasTypes && before !== undefined ? await readFrom(workspace, before) : []
  const folds = hasTypes ? withoutNamed(wanted, [...pending, ...newer]) : wanted
  let left = head
  let folded = 0
  for (const fold of folds) {
    const gone = goneBy(fold)
    for (const operation of gone) putDone(workspace, ended(operation, fold))
    if (fold.kind === 'into') {
      const fields = fieldsAfter(fold)
      const { survivor, type, payload } = fold
      const stays: Operation = { ...survivor, type, payload, fields, isFolded: true }
      workspace.put(operationKey(survivor), operationEntry.encode(stays))
    }
    folded += gone.length
    left = { ...left, pending: left.pending - gone.length }
  }
  if (folded > 0) {
    const overlay = record.overlay - folded
    const touched = overlay === 0 ? {} : record.touched
    // What types keep beside what is shown names the operations that there are now.
    const isWhole = before === undefined && newest.length < portionOfRecord
    const shown = isWhole ? shownAs(workspace, schema, record.base, newest) : record.shown
    if (!isSeenAlike(shown, record.shown)) refuseFold('the record would be shown in another way')
    putRecord(workspace, address, { ...record, overlay, touched, shown })
  }
  return { head: left, folded, oldest }
}

/** The operations of its record from this one on. */
const readFrom = async (workspace: Workspace, first: Operation): Promise<readonly Operation[]> => {
  const [later] = await workspace.read([{ scan: operationPrefix(first), after: operationKey(first) }])
  return [first, ...operationsOf(later)]
}

/**
 * Nobody else has it, or may have sent it: its id may stand for something else from here on. What was cut out of a put that
 * the server could not settle would only become the same put again.
 */
const isOwn = ({ status, localSeq, isShared, remadeOn }: Operation, { sharedBefore = 0 }: LogHead): boolean =>
  status === 'PENDING' && isShared !== true && remadeOn === undefined && localSeq >= sharedBefore

/** What was made before a reset, and what was made since: their authors did not see the same, and they may end apart. */
const apart = (
  operations: readonly Operation[],
  { awayBefore = 0, lostHistory }: LogHead,
): readonly (readonly Operation[])[] => {
  const boundary = Math.max(awayBefore, lostHistory?.before ?? 0)
  const since = operations.findIndex(({ localSeq }) => localSeq >= boundary)
  const parts = since === -1 ? [operations] : [operations.slice(0, since), operations.slice(since)]
  return parts.filter((part) => part.length > 1)
}

/** What the operations that are left come to. */
const shownAs = (
  workspace: Workspace,
  schema: Schema,
  base: BaseRow | undefined,
  newest: readonly Operation[],
): RecordData | undefined => {
  const stored = newest.flatMap((operation) => workspace.value(operationKey(operation)) ?? [])
  const changes = stored.map((value) => operationEntry.decode(value)).toReversed()
  return show(schema, newest[0]?.collection ?? '', { base, changes })
}

const isSeenAlike = (left: RecordData | undefined, right: RecordData | undefined): boolean =>
  left === undefined || right === undefined
    ? left === right
    : portableEquals(visibleRecord(left), visibleRecord(right))

interface Portion {
  readonly address: RecordAddress
  readonly before: Operation | undefined
  readonly head: LogHead
}

const ended = (operation: Operation, fold: CheckedFold): Operation =>
  fold.kind === 'into'
    ? { ...operation, status: 'SUPERSEDED', fate: { kind: 'superseded', by: fold.survivor.id } }
    : { ...operation, status: 'CANCELLED', fate: { kind: 'cancelled' } }

/** All that they change together. */
const fieldsAfter = ({
  survivor,
  merged,
}: Extract<CheckedFold, { readonly kind: 'into' }>): readonly string[] =>
  [...new Set([survivor, ...merged].flatMap(({ fields }) => fields))].sort()

/** What has to be read of a record before `compactRecord`, besides its entry. */
export const compactReads = (address: RecordAddress): readonly { readonly get: string }[] => [
  { get: conflictKey(address) },
  { get: blockedKey(address) },
]
