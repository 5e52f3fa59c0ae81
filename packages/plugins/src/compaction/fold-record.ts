import type { AnyCollection, CompactableRecord, Fold, Operation, Portable } from '@holdfast/core'
import { decodePortable, encodePortable, maxPayload, putType } from '@holdfast/core/protocol'
import { encodeWritten, writtenBy, writtenByBoth, type Written } from './payloads.ts'

export interface FoldOptions {
  /** From so many updates on that are left of a record they go as one `put`. */
  readonly putAfter: number
}

/** Operations that become one. */
interface Group {
  readonly kind: 'create' | 'update' | 'named'
  readonly members: readonly Operation[]
  /** What they write; of named ones: their input. */
  readonly content: { readonly written: Written } | { readonly input: Portable }
}

/**
 * What can become of a record's operations, so that the server's records and verdicts are what they would have been. Pure.
 */
export const foldRecord = (record: CompactableRecord, options: FoldOptions): readonly Fold[] => {
  const taken = new Set(record.folds.flatMap(idsIn))
  const operations = record.operations.filter(({ id }) => !taken.has(id))
  const nothing = foldAway(record, operations)
  if (nothing !== undefined) return [nothing]
  return runsOf(operations).flatMap((run) =>
    joinPuts(record, groupsOf(record, run), options).flatMap((group) => toFold(record.definition, group)),
  )
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
    const joined = index === undefined ? undefined : join(record, groups[index], operation)
    if (index === undefined || joined === undefined) groups.push(startGroup(record, operation))
    else {
      groups.splice(index, 1)
      groups.push(joined)
    }
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

const isNamed = ({ type }: Operation): boolean =>
  !['create', 'update', 'delete', putType, 'move'].includes(type)

const fieldsIn = ({ members }: Group): ReadonlySet<string> => new Set(members.flatMap(({ fields }) => fields))

const meets = (group: Group, { fields }: Operation): boolean => {
  const known = fieldsIn(group)
  return fields.some((field) => known.has(field))
}

const canJoin = (record: CompactableRecord, group: Group, operation: Operation): boolean => {
  const [first] = group.members
  switch (group.kind) {
    case 'create':
      return record.isPrivate && (operation.type === 'update' || operation.type === putType)
    case 'named':
      // As two they may win or lose apart.
      return operation.type === first?.type && record.definition.conflict.ignoresTime === true
    case 'update': {
      if (operation.type !== 'update' && operation.type !== putType) return false
      return isOfOneKind(record.definition) || isSame(fieldsIn(group), operation.fields)
    }
  }
}

/** Whatever of the record is unseen disputes all of it, and each field is settled alike: they can't be told apart. */
const isOfOneKind = ({ conflict }: AnyCollection): boolean =>
  conflict.detect === 'record' && conflict.perField === true && conflict.ignoresTime === true

const isSame = (known: ReadonlySet<string>, fields: readonly string[]): boolean =>
  known.size === fields.length && fields.every((field) => known.has(field))

const startGroup = ({ definition }: CompactableRecord, operation: Operation): Group => {
  if (isNamed(operation)) {
    return { kind: 'named', members: [operation], content: { input: decodePortable(operation.payload) } }
  }
  const kind = operation.type === 'create' ? 'create' : 'update'
  return { kind, members: [operation], content: { written: writtenBy(definition, operation) } }
}

const join = (
  { definition }: CompactableRecord,
  group: Group | undefined,
  operation: Operation,
): Group | undefined => {
  if (group === undefined) return undefined
  const members = [...group.members, operation]
  if ('input' in group.content) {
    const input = definition.operations[operation.type]?.compose?.(
      group.content.input,
      decodePortable(operation.payload),
    )
    if (input === undefined) return undefined
    return ifItFits(definition, { ...group, members, content: { input: input as Portable } })
  }
  const written = writtenByBoth(definition, group.content.written, writtenBy(definition, operation))
  if (written === undefined) return undefined
  return ifItFits(definition, { ...group, members, content: { written } })
}

/** No operation carries more than another. */
const ifItFits = (definition: AnyCollection, group: Group): Group | undefined =>
  payloadOf(definition, group) === undefined ? undefined : group

/** What is left of updates that follow each other as one, of fields that are settled one by one and without a person. */
const joinPuts = (
  { definition }: CompactableRecord,
  groups: readonly Group[],
  { putAfter }: FoldOptions,
): readonly Group[] => {
  const { conflict, fieldTypes } = definition
  const isQuiet = (field: string): boolean =>
    Object.hasOwn(fieldTypes, field)
      ? fieldTypes[field]?.ignoresTime === true
      : conflict.perField === true && conflict.asks?.(field) !== true
  // Named operations in between read what they like.
  if (groups.some(({ kind }) => kind === 'named')) return groups
  const quiet = groups.filter((group) => group.kind === 'update' && [...fieldsIn(group)].every(isQuiet))
  const puttable = apartFrom(quiet, groups)
  const [first, ...others] = puttable
  if (first === undefined || puttable.length < putAfter) return groups
  let put = first
  for (const group of others) {
    const joined = joinGroups(definition, put, group)
    if (joined === undefined) return groups
    put = joined
  }
  return [...groups.filter((group) => !puttable.includes(group)), put]
}

/** Those of the chosen that meet none of the updates that stay: they go behind all of them. */
const apartFrom = (chosen: readonly Group[], groups: readonly Group[]): readonly Group[] => {
  const staying = groups.filter((group) => group.kind === 'update' && !chosen.includes(group))
  const apart = chosen.filter((group) =>
    staying.every((one) => one.members.every((operation) => !meets(group, operation))),
  )
  return apart.length === chosen.length ? apart : apartFrom(apart, groups)
}

const joinGroups = (definition: AnyCollection, first: Group, second: Group): Group | undefined => {
  if ('input' in first.content || 'input' in second.content) return undefined
  const written = writtenByBoth(definition, first.content.written, second.content.written)
  if (written === undefined) return undefined
  const members = [...first.members, ...second.members].sort((left, right) => left.localSeq - right.localSeq)
  return ifItFits(definition, { kind: 'update', members, content: { written } })
}

/** A group of updates of several kinds of fields is a `put`. */
const typeOf = (definition: AnyCollection, group: Group): string => {
  const [first] = group.members
  if (group.kind !== 'update') return first?.type ?? ''
  if (isOfOneKind(definition)) return 'update'
  const isOneKind = group.members.every(
    ({ type, fields }) => type === 'update' && isSame(new Set(fields), first?.fields ?? []),
  )
  return isOneKind ? 'update' : putType
}

const payloadOf = (definition: AnyCollection, group: Group): string | undefined => {
  if ('written' in group.content) return encodeWritten(group.content.written, typeOf(definition, group))
  const payload = encodePortable(group.content.input)
  return payload.length > maxPayload ? undefined : payload
}

const toFold = (definition: AnyCollection, group: Group): readonly Fold[] => {
  const survivor = group.members.at(-1)
  const payload = payloadOf(definition, group)
  if (group.members.length < 2 || survivor === undefined || payload === undefined) return []
  const merged = group.members.slice(0, -1).map(({ id }) => id)
  return [{ kind: 'into', survivor: survivor.id, merged, type: typeOf(definition, group), payload }]
}
