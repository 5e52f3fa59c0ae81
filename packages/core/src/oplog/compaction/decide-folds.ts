import type { Operation } from '../../model/operation.ts'
import { collectionOf, type Schema } from '../../model/schema.ts'
import type { CompactableRecord, CompactionTrigger } from '../../plugin/hooks.ts'
import type { Workspace } from '../../storage/workspace.ts'
import type { LogHead } from '../entries.ts'
import { operationKey, operationPrefix } from '../keys.ts'
import { recordIn } from '../records.ts'
import { operationsOf } from '../stored.ts'
import { checkFolds, type CheckedFold } from './check-folds.ts'
import { withoutNamed } from './named-by-others.ts'
import type { Portion } from './read-foldable.ts'

export interface CompactContext {
  readonly schema: Schema
  readonly trigger: CompactionTrigger
  /** The `compactQueue` hooks. */
  readonly decide: (record: CompactableRecord) => Promise<CompactableRecord>
}

/**
 * What plugins want to become of a record's operations, without what they must not.
 * @throws SyncError INVALID, TOO_LARGE (what a hook gave), PLUGIN_FAILED
 */
export const decideFolds = async (
  workspace: Workspace,
  { schema, trigger, decide }: CompactContext,
  { address, before, head }: Portion,
  pending: readonly Operation[],
): Promise<readonly CheckedFold[]> => {
  const definition = collectionOf(schema, address.collection)
  const isPrivate = recordIn(workspace, address).base === undefined && !isReferred(schema, address.collection)
  const wanted: CheckedFold[] = []
  for (const operations of apart(pending, head)) {
    const asked = { ...address, trigger, definition, isPrivate, operations, folds: [] }
    wanted.push(...checkFolds(asked, (await decide(asked)).folds))
  }
  // Only the deltas of types name operations.
  if (wanted.length === 0 || Object.keys(definition.fieldTypes).length === 0) return wanted
  const newer = before === undefined ? [] : await readFrom(workspace, before)
  return withoutNamed(wanted, [...pending, ...newer])
}

const isReferred = ({ collections }: Schema, name: string): boolean =>
  Object.values(collections).some(({ references }) => Object.values(references).includes(name))

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

/** The operations of its record from this one on. */
const readFrom = async (workspace: Workspace, first: Operation): Promise<readonly Operation[]> => {
  const [later] = await workspace.read([{ scan: operationPrefix(first), after: operationKey(first) }])
  return [first, ...operationsOf(later)]
}
