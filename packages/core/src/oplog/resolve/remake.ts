import type { Operation } from '../../model/operation.ts'
import { putType } from '../../model/put.ts'
import type { BaseRow } from '../../model/record.ts'
import { isEdit } from '../../model/replay.ts'
import { collectionOf, type AnyCollection, type Schema } from '../../model/schema.ts'
import { namedOperation } from '../../model/validate.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { recordIn } from '../records.ts'
import { again } from './again.ts'
import { asOne } from './as-one.ts'
import type { WaitingRecord } from './closure.ts'
import { partsOf } from './kept-as-named.ts'
import type { Answered, Remade } from './remade.ts'

/**
 * What takes the place of the operations that wait on a record: one that carries the answer and all undisputed
 * changes, and named operations as they are. Where the record itself was not disputed, the same operations again.
 * @throws SyncError INVALID (the patch does not fit), TOO_LARGE
 */
export const remake = (
  workspace: Workspace,
  schema: Schema,
  record: WaitingRecord,
  answered: Answered | undefined,
  operationId: string,
): readonly Remade[] => {
  const { address, waiting } = record
  const { base } = recordIn(workspace, address)
  const definition = collectionOf(schema, address.collection)
  switch (
    answered === undefined ? wayOf(definition, record, base) : wayOfAnswer(definition, record, base, answered)
  ) {
    case 'as they are':
      return waiting.map((operation) => ({ draft: again(operation, base), supersedes: [operation] }))
    case 'nowhere':
      return [{ draft: undefined, supersedes: [], refused: waiting }]
    case 'as one': {
      const choice = answered?.choice ?? 'mine'
      const isLive = base !== undefined && !base.deleted
      const { before, merged, after } = partsOf(definition, record, { choice, isLive })
      // Who answered has seen the server's side of the whole record.
      const seenBy = ({ baseVersion }: Operation): number =>
        Math.min(answered?.version ?? baseVersion, base?.version ?? 0)
      const named = (operation: Operation): Remade => ({
        draft: { ...again(operation, base), baseVersion: seenBy(operation) },
        supersedes: [operation],
      })
      const merging = { workspace, definition, answered, operationId }
      const one = merged.length === 0 ? [] : asOne(merging, record, merged)
      return [...before.map(named), ...one, ...after.map(named)]
    }
  }
}

/** Where deletions win, nothing is left of what "mine" wants: the server settles that by itself, and names what is lost. */
const wayOfAnswer = (
  { deletes }: AnyCollection,
  { waiting }: WaitingRecord,
  base: BaseRow | undefined,
  { choice }: Answered,
): Way => {
  const isDeleted = base?.deleted === true && base.moved !== true
  return isDeleted && deletes === 'deleteWins' && choice === 'mine' && waiting.every(isEdit)
    ? 'as they are'
    : 'as one'
}

/** How what waits goes out once more where nobody was asked about it. */
type Way = 'as they are' | 'as one' | 'nowhere'

const wayOf = (definition: AnyCollection, record: WaitingRecord, base: BaseRow | undefined): Way => {
  const { waiting, conflict } = record
  if (conflict.rebases === undefined) {
    // What was named stays what it is: it may have a half on the server, and be all that is allowed there.
    const isNamed = waiting.every(({ type }) => namedOperation(definition, type) !== undefined)
    return isNamed || isUntouched(record) ? 'as they are' : 'as one'
  }
  // Nothing has happened since it was made again, or nothing that this device will ever hear of (what a snapshot leaves
  // out is gone): it would go round for ever. A put may still go as updates.
  const last = Math.min(conflict.rebases, base?.version ?? 0)
  const isHopeless = ({ type, remadeOn = -1 }: Operation): boolean => type !== putType && remadeOn >= last
  if (waiting.some(isHopeless) || base?.moved === true) return 'nowhere'
  // The server knows what becomes of an edit on a deleted record: a person is asked, or it is told as lost.
  const isSettledThere = base?.deleted === true && definition.deletes !== 'editWins' && waiting.every(isEdit)
  return isSettledThere ? 'as they are' : 'as one'
}

/** True where nothing that was made later changed what the waiting operations change. */
const isUntouched = ({ conflict, waiting, onRecord }: WaitingRecord): boolean => {
  const oldest = waiting[0]?.localSeq ?? 0
  const isLast = onRecord.every(({ status, localSeq }) => status === 'CONFLICT' || localSeq < oldest)
  return isLast && Object.keys(conflict.overwritten).length === 0
}
