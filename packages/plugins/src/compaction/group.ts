import type { AnyCollection, CompactableRecord, Fold, Operation, Portable } from '@holdfast/core'
import { decodePortable, encodePortable, fitsInput, maxPayload, putType } from '@holdfast/core/protocol'
import { encodeWritten, writtenBy, writtenByBoth, type Written } from './payloads.ts'

/** Operations that become one. */
export interface Group {
  readonly kind: 'create' | 'update' | 'named'
  /** Of the operation that they become. */
  readonly type: string
  /** All that they change. */
  readonly fields: ReadonlySet<string>
  readonly members: readonly Operation[]
  /** What they write; of named ones: their input. */
  readonly content: { readonly written: Written } | { readonly input: Portable }
}

export const startGroup = ({ definition }: CompactableRecord, operation: Operation): Group => {
  const { type, payload } = operation
  const alone = { type, fields: new Set(operation.fields), members: [operation] }
  if (isNamed(operation)) return { ...alone, kind: 'named', content: { input: decodePortable(payload) } }
  const kind = type === 'create' ? 'create' : 'update'
  return { ...alone, kind, content: { written: writtenBy(definition, operation) } }
}

/** Undefined where they can't be one. */
export const join = (record: CompactableRecord, group: Group, operation: Operation): Group | undefined => {
  const { definition } = record
  if ('written' in group.content) return joinGroups(definition, group, startGroup(record, operation))
  const named = definition.operations[operation.type]
  const input = named?.compose?.(group.content.input, decodePortable(operation.payload)) as
    | Portable
    | undefined
  if (named === undefined || input === undefined || !fitsInput(named, input)) return undefined
  const fields = both(group.fields, new Set(operation.fields))
  const members = [...group.members, operation]
  return ifItFits({ ...group, fields, members, content: { input } })
}

/** A creation with what follows, or updates. */
export const joinGroups = (definition: AnyCollection, first: Group, second: Group): Group | undefined => {
  if ('input' in first.content || 'input' in second.content) return undefined
  const written = writtenByBoth(definition, first.content.written, second.content.written)
  if (written === undefined) return undefined
  const { kind } = first
  const type = kind === 'create' ? 'create' : typeOfBoth(definition, first, second)
  const members = inOrder(first.members, second.members)
  return ifItFits({ kind, type, fields: both(first.fields, second.fields), members, content: { written } })
}

/** Updates of several kinds of fields are a `put`. */
const typeOfBoth = (definition: AnyCollection, first: Group, second: Group): string => {
  if (isOfOneKind(definition)) return 'update'
  const areAlike = first.type === 'update' && second.type === 'update' && isSame(first.fields, second.fields)
  return areAlike ? 'update' : putType
}

const both = (first: ReadonlySet<string>, second: ReadonlySet<string>): ReadonlySet<string> =>
  isSame(first, second) ? first : new Set([...first, ...second])

const inOrder = (first: readonly Operation[], second: readonly Operation[]): readonly Operation[] => {
  const [last, next] = [first.at(-1), second[0]]
  const all = [...first, ...second]
  const isInOrder = last === undefined || next === undefined || last.localSeq < next.localSeq
  return isInOrder ? all : all.sort((left, right) => left.localSeq - right.localSeq)
}

/** No operation carries more than another. */
const ifItFits = (group: Group): Group | undefined => (payloadOf(group) === undefined ? undefined : group)

export const toFold = (group: Group): readonly Fold[] => {
  const survivor = group.members.at(-1)
  const payload = payloadOf(group)
  if (group.members.length < 2 || survivor === undefined || payload === undefined) return []
  const merged = group.members.slice(0, -1).map(({ id }) => id)
  return [{ kind: 'into', survivor: survivor.id, merged, type: group.type, payload }]
}

const payloadOf = ({ content, type }: Group): string | undefined => {
  if ('written' in content) return encodeWritten(content.written, type)
  const payload = encodePortable(content.input)
  return payload.length > maxPayload ? undefined : payload
}

/** Whatever of the record is unseen disputes all of it, and each field is settled alike: they can't be told apart. */
export const isOfOneKind = ({ conflict }: AnyCollection): boolean =>
  conflict.detect === 'record' && conflict.perField === true && conflict.ignoresTime === true

export const isNamed = ({ type }: Operation): boolean =>
  !['create', 'update', 'delete', putType, 'move'].includes(type)

export const meets = ({ fields: known }: Group, { fields }: Operation): boolean =>
  fields.some((field) => known.has(field))

export const isSame = (known: ReadonlySet<string>, fields: ReadonlySet<string>): boolean =>
  known.size === fields.size && [...fields].every((field) => known.has(field))
