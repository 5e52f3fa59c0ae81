import { portableEquals } from '../../base/portable.ts'
import type { Operation } from '../../model/operation.ts'
import type { RecordData } from '../../model/record.ts'
import type { Schema } from '../../model/schema.ts'
import { visibleRecord } from '../../model/typed-fields.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { operationEntry, type LogHead, type RecordEntry } from '../entries.ts'
import { operationKey } from '../keys.ts'
import { show } from '../rebase.ts'
import { putRecord, recordIn } from '../records.ts'
import { carryOut } from './carry-out.ts'
import { refuseFold } from './check-folds.ts'
import { decideFolds, type CompactContext } from './decide-folds.ts'
import { readFoldable, type Foldable, type Portion } from './read-foldable.ts'

export interface CompactedPortion {
  readonly head: LogHead
  /** Operations that are no longer in the queue. */
  readonly folded: number
  /** The oldest operation that was looked at; undefined: there is no older one to fold. */
  readonly oldest: Operation | undefined
}

/**
 * Folds a portion of a record's operations, in the workspace. `recordReads` of it, its `compactReads` and the log's head must
 * have been read. What is shown of the record stays the same.
 * @throws SyncError INVALID, TOO_LARGE (what a hook gave), PLUGIN_FAILED
 */
export const compactRecord = async (
  workspace: Workspace,
  context: CompactContext,
  portion: Portion,
): Promise<CompactedPortion> => {
  const { address, head } = portion
  const foldable = await readFoldable(workspace, portion)
  const { pending, oldest } = foldable
  if (pending.length < 2) return { head, folded: 0, oldest }
  const folded = carryOut(workspace, await decideFolds(workspace, context, portion, pending))
  if (folded === 0) return { head, folded, oldest }
  const record = recordIn(workspace, address)
  const overlay = record.overlay - folded
  const touched = overlay === 0 ? {} : record.touched
  const shown = shownAs(workspace, context.schema, record, foldable)
  if (!isSeenAlike(shown, record.shown)) refuseFold('the record would be shown in another way')
  putRecord(workspace, address, { ...record, overlay, touched, shown })
  return { head: { ...head, pending: head.pending - folded }, folded, oldest }
}

/** What the operations that are left come to, where all are here: what types keep beside what is shown names them. */
const shownAs = (
  workspace: Workspace,
  schema: Schema,
  { base, shown }: RecordEntry,
  { newest, isWhole }: Foldable,
): RecordData | undefined => {
  if (!isWhole) return shown
  const stored = newest.flatMap((operation) => workspace.value(operationKey(operation)) ?? [])
  const changes = stored.map((value) => operationEntry.decode(value)).toReversed()
  return show(schema, newest[0]?.collection ?? '', { base, changes })
}

const isSeenAlike = (left: RecordData | undefined, right: RecordData | undefined): boolean =>
  left === undefined || right === undefined
    ? left === right
    : portableEquals(visibleRecord(left), visibleRecord(right))
