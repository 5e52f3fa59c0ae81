import type { CompactableRecord, Fold, Operation } from '@holdfast/core'
import { putType } from '@holdfast/core/protocol'
import { isNamed, isOfOneKind, isSame, join, meets, startGroup, toFold, type Group } from './group.ts'
import { joinPuts, type PutOptions } from './join-puts.ts'

/**
 * What can become of a record's operations, so that the server's records and verdicts are what they would have been. Pure.
 */
export const foldRecord = (record: CompactableRecord, options: PutOptions): readonly Fold[] => {
  const taken = new Set(record.folds.flatMap(idsIn))
  const operations = record.operations.filter(({ id }) => !taken.has(id))
  const nothing = foldAway(record, operations)
  if (nothing !== undefined) return [nothing]
  return runsOf(operations).flatMap((run) => joinPuts(record, groupsOf(record, run), options).flatMap(toFold))
}

const idsIn = (fold: Fold): readonly string[] =>
  fold.kind === 'nothing' ? fold.operations : [fold.survivor, ...fold.merged]

/** Made here and deleted here, and nobody has heard of it. */
const foldAway = ({ isPrivate }: CompactableRecord, operations: readonly Operation[]): Fold | undefined => {
  const isFree = operations.every(({ transaction, cancel }) => transaction === undefined && cancel !== true)
  const isWhole = operations[0]?.type === 'create' && operations.at(-1)?.type === 'delete'
  if (!isPrivate || !isFree || !isWhole) return undefined
  return { kind: 'nothing', operations: operations.map(({ id }) => id) }
}

/** Stretches without a boundary: within one of them operations may be folded. */
const runsOf = (operations: readonly Operation[]): readonly (readonly Operation[])[] => {
  const runs: Operation[][] = []
  for (const operation of operations) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run !== undefined && last !== undefined && isAlike(last, operation)) run.push(operation)
    else runs.push([operation])
  }
  return runs.filter((run) => run.length > 1)
}

const isAlike = (left: Operation, right: Operation): boolean =>
  // What came before a creation was written to another record.
  right.type !== 'create' &&
  left.baseVersion === right.baseVersion &&
  // Ages are counted back from the newest: a clock that was corrected in between can't be told by them.
  left.timestamp <= right.timestamp &&
  left.opVersion === right.opVersion &&
  left.uncorrected === right.uncorrected &&
  left.life?.lifetime === right.life?.lifetime &&
  left.marks === right.marks &&
  [left, right].every((one) => one.transaction === undefined && one.cancel !== true && !isApart(one))

const isApart = ({ type }: Operation): boolean => type === 'move' || type === 'delete'

/** In the order made; an operation joins the last group that it can join without overtaking what it meets. */
const groupsOf = (record: CompactableRecord, run: readonly Operation[]): readonly Group[] => {
  const groups: Group[] = []
  for (const operation of run) {
    const index = joinable(record, groups, operation)
    const group = index === undefined ? undefined : groups[index]
    const joined = group && join(record, group, operation)
    if (index !== undefined && joined !== undefined) groups.splice(index, 1)
    groups.push(joined ?? startGroup(record, operation))
  }
  return groups
}

/** The group that an operation may join: it moves behind all that came between, so nothing of that may concern it. */
const joinable = (
  record: CompactableRecord,
  groups: readonly Group[],
  operation: Operation,
): number | undefined => {
  for (let index = groups.length - 1; index >= 0; index -= 1) {
    const group = groups[index]
    if (group === undefined) return undefined
    if (canJoin(record, group, operation)) {
      // What stays of a creation's updates would come before it.
      return group.kind === 'create' && index < groups.length - 1 ? undefined : index
    }
    // A named operation may read whatever it likes, and a creation comes before all of its run.
    if (group.kind !== 'update' || isNamed(operation) || meets(group, operation)) return undefined
  }
  return undefined
}

const canJoin = (record: CompactableRecord, group: Group, operation: Operation): boolean => {
  switch (group.kind) {
    case 'create':
      return record.isPrivate && (operation.type === 'update' || operation.type === putType)
    case 'named':
      // As two they may win or lose apart.
      return operation.type === group.type && record.definition.conflict.ignoresTime === true
    case 'update': {
      if (operation.type !== 'update' && operation.type !== putType) return false
      const fields = new Set(operation.fields)
      return (
        isSame(group.fields, fields) || (isOfOneKind(record.definition) && staysAlike(record, group, fields))
      )
    }
  }
}

/**
 * Nobody disputes about typed fields, so an update of these alone does not wait with one that may; and what only the older
 * ones wrote would be as new as the last one, where a type may compare the times of its members.
 */
const staysAlike = (
  { definition: { fieldTypes } }: CompactableRecord,
  { fields: older }: Group,
  newer: ReadonlySet<string>,
): boolean => {
  const isTyped = (field: string): boolean => Object.hasOwn(fieldTypes, field)
  const keepsTimes = [...older].every(
    (field) => newer.has(field) || !isTyped(field) || fieldTypes[field]?.ignoresTime === true,
  )
  return keepsTimes && [...older].every(isTyped) === [...newer].every(isTyped)
}
