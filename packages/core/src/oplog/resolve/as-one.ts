import { applyChange } from '../../model/change.ts'
import type { Operation } from '../../model/operation.ts'
import type { BaseRow } from '../../model/record.ts'
import { isEdit, replay } from '../../model/replay.ts'
import type { AnyCollection } from '../../model/schema.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { toReplayed } from '../rebase.ts'
import { recordIn } from '../records.ts'
import { writtenAt } from './again.ts'
import { checkCarried, checkFits, toChange, type CarriedChange } from './answer.ts'
import type { WaitingRecord } from './closure.ts'
import { withoutNewer } from './on-record.ts'
import { isOfPuts, putAgain } from './put-again.ts'
import type { Answered, Remade } from './remade.ts'
import { settledApart } from './settled-apart.ts'

export interface Merging {
  readonly workspace: Workspace
  readonly definition: AnyCollection
  /** Undefined: nobody was asked, the server answered `rebase`. */
  readonly answered: Answered | undefined
  readonly operationId: string
}

/**
 * What they come to on the record as it is here, in place of several operations: one, but for what puts carried.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const asOne = (
  merging: Merging,
  record: WaitingRecord,
  merged: readonly Operation[],
): readonly Remade[] => {
  const { definition, answered, workspace } = merging
  const { base } = recordIn(workspace, record.address)
  const change = differenceOf(merging, record, merged)
  if (change === undefined) {
    const isRebased = record.conflict.rebases !== undefined
    const refused = merged.filter((one) => isRebased && !isReplayable(definition, base, one))
    return [{ draft: undefined, supersedes: merged.filter((one) => !refused.includes(one)), refused }]
  }
  if (answered === undefined) return madeAgain(merging, record, { change, merged })
  const { recordId } = record.address
  const about = { disputed: record.conflict.fields, choice: answered.choice, recordId, base }
  const { settled, decided } = settledApart(definition, change, about)
  const beside = settled === undefined ? [] : besideAnswer(merging, record, { change: settled, merged })
  if (decided === undefined) return beside
  // Where the fate of what was before can be followed is the answer.
  const apart = beside.map(({ draft, ...one }) => ({
    ...one,
    draft: draft && { ...draft, operationId: undefined },
    supersedes: [],
  }))
  return [...apart, answering(merging, answered, record, { change: decided, merged })]
}

interface Carrying {
  readonly change: CarriedChange
  /** The operations whose place it takes. */
  readonly merged: readonly Operation[]
}

/** The change that makes of the server's record what the operations make of it, by the answer. */
const differenceOf = (
  { workspace, definition, answered, operationId }: Merging,
  { address, conflict, onRecord }: WaitingRecord,
  merged: readonly Operation[],
): CarriedChange | undefined => {
  const { base: stored } = recordIn(workspace, address)
  // Whether edits bring back what was deleted meanwhile is for the server to say, where nobody was asked.
  const isEdited = answered === undefined && conflict.rebases === undefined && merged.every(isEdit)
  const base = stored?.moved !== true && isEdited ? stored && { ...stored, deleted: false } : stored
  const changes = merged.map((one) => withoutNewer(toReplayed(workspace, one), one, onRecord))
  const mine = replay(definition, base, changes)
  const answering = { definition, operationId }
  return toChange({ base, mine }, conflict.fields, answered?.choice ?? 'mine', answering)
}

/** What carries a person's answer. */
const answering = (
  { workspace, definition, operationId }: Merging,
  { choice, version }: Answered,
  { address, conflict }: WaitingRecord,
  { change, merged }: Carrying,
): Remade => {
  const { base } = recordIn(workspace, address)
  if (typeof choice === 'object') checkFits(definition, { ...change, ...address, base })
  else checkCarried(change)
  const baseVersion = Math.min(version, base?.version ?? 0)
  const remadeOn = conflict.rebases === undefined ? undefined : (base?.version ?? 0)
  const { marks } = merged.at(-1) ?? {}
  const draft = { ...address, ...change, baseVersion, base, operationId, remadeOn, marks }
  return { draft, supersedes: merged, answerIn: definition }
}

/** As old as it is for a strategy; but what has waited for a person is not over because it took long. */
const besideAnswer = (merging: Merging, record: WaitingRecord, carrying: Carrying): readonly Remade[] =>
  madeAgain(merging, record, carrying).map(({ draft, ...one }) => ({
    ...one,
    draft: draft && { ...draft, life: undefined },
    besideIn: merging.definition,
  }))

/** What goes out once more, as old as it is; what its authors saw stays what it was. */
const madeAgain = (
  { workspace, definition, operationId }: Merging,
  { address, conflict }: WaitingRecord,
  { change, merged }: Carrying,
): readonly Remade[] => {
  const { base } = recordIn(workspace, address)
  const onVersion = base?.version ?? 0
  const baseVersion = Math.min(onVersion, ...merged.map((one) => one.baseVersion))
  const newest = writtenAt(merged)
  const { marks, life } = merged.at(-1) ?? {}
  const remadeOn = conflict.rebases === undefined ? undefined : onVersion
  const version = Math.min(conflict.rebases ?? 0, onVersion)
  const parts =
    change.type === 'update' && isOfPuts(merged)
      ? putAgain(change, merged, { ...definition, version })
      : [{ ...change, age: 0 }]
  return parts.map(({ age, ...part }, index) => {
    checkCarried(part)
    const timestamp = newest === undefined ? undefined : newest - age
    const draft = { ...address, ...part, baseVersion, base, remadeOn, marks, life, timestamp }
    // The first one has the deltas, which were made under this id; it is where the fate of what was before can be followed.
    return index === 0 ? { draft: { ...draft, operationId }, supersedes: merged } : { draft, supersedes: [] }
  })
}

/** False where a device can show nothing of it on the newer record. */
const isReplayable = (
  definition: AnyCollection,
  base: BaseRow | undefined,
  operation: Operation,
): boolean => {
  try {
    applyChange(definition, base?.data, operation, { version: (base?.version ?? 0) + 1, replaying: true })
    return true
  } catch {
    return false
  }
}
