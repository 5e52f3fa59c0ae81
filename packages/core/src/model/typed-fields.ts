import { decodePortable, encodePortable } from '../base/codec.ts'
import { hasCode, SyncError } from '../base/errors.ts'
import { ownMember } from '../base/objects.ts'
import { assertPortable, isPortableObject, type Portable } from '../base/portable.ts'
import type { Applying, FieldState, FieldType, Maker, Wanted } from './field-type.ts'
import { isFieldChange } from './field-type.ts'
import type { Patch, RecordData } from './record.ts'

/** The typed fields of a collection. */
export type FieldTypes = Readonly<Record<string, FieldType>>

/** Where a type keeps what the app does not see. No field of a schema can have such a name. */
const hiddenOf = (field: string): string => `${field}$`

export const isHidden = (field: string): boolean => field.endsWith('$')

/** Fields that are settled by a strategy, and not by their type. */
export const isRegister = (types: FieldTypes, field: string): boolean =>
  !Object.hasOwn(types, field) && !isHidden(field)

/** A record as app code sees it. The same object where nothing is hidden. */
export const visibleRecord = (record: RecordData): RecordData =>
  Object.keys(record).some(isHidden)
    ? Object.fromEntries(Object.entries(record).filter(([field]) => !isHidden(field)))
    : record

export const stateOf = (type: FieldType, record: RecordData | undefined, field: string): FieldState => {
  const value = record === undefined ? undefined : ownMember(record, field)
  return value === undefined ? type.empty : { value, hidden: record?.[hiddenOf(field)] }
}

/** The members of a record that hold the state of a field. */
const membersOf = (field: string, { value, hidden }: FieldState): RecordData =>
  hidden === undefined ? { [field]: value } : { [field]: value, [hiddenOf(field)]: hidden }

/** All typed fields as a record has them; those that it lacks as they are before anybody wrote. */
export const statesIn = (types: FieldTypes, record: RecordData | undefined): RecordData => {
  const members = Object.entries(types).map(([field, type]) => membersOf(field, stateOf(type, record, field)))
  return Object.assign({}, ...members) as RecordData
}

/** The names under which a payload carries what is for typed fields: what their author wants, then what it came to. */
const wantedKey = '$wanted'
const deltasKey = '$deltas'

export interface Written {
  readonly registers: Readonly<Record<string, unknown>>
  readonly wanted: Readonly<Record<string, Wanted>>
}

/** Takes apart what the app gave. @throws SyncError INVALID (a change for another type of field, no portable value) */
export const splitWritten = (types: FieldTypes, value: Readonly<Record<string, unknown>>): Written => {
  const registers: Record<string, unknown> = {}
  const wanted: Record<string, Wanted> = {}
  for (const [field, member] of Object.entries(value)) {
    const type = Object.hasOwn(types, field) ? types[field] : undefined
    if (type !== undefined && member !== undefined) wanted[field] = toWanted(type, field, member)
    else if (isFieldChange(member)) throw misplaced(field, member.fieldType)
    else registers[field] = member
  }
  return { registers, wanted }
}

export const toWanted = (type: FieldType, field: string, member: unknown): Wanted => {
  if (isFieldChange(member)) {
    if (member.fieldType !== type.name) throw misplaced(field, member.fieldType)
    return { kind: 'change', input: member.input }
  }
  assertPortable(member, field)
  return { kind: 'set', value: member }
}

const misplaced = (field: string, name: string): SyncError =>
  new SyncError('INVALID', `${field}: a change of a ${name} does not fit this field.`, {
    path: field,
    reason: `no ${name}`,
  })

/** Both parts in one payload. @throws SyncError INVALID */
export const joinWritten = (registers: Patch, wanted: Written['wanted']): Portable =>
  Object.keys(wanted).length === 0 ? registers : { ...registers, [wantedKey]: wanted }

export interface Delivered {
  readonly registers: RecordData
  readonly deltas: Patch
}

/** Takes apart the payload of a create or an update. @throws SyncError INVALID */
export const splitPayload = (types: FieldTypes, payload: Portable): Delivered => {
  if (!isPortableObject(payload)) throw new SyncError('INVALID', 'The value must be an object.', { path: '' })
  const { [deltasKey]: deltas = {}, ...registers } = payload
  if (!isPortableObject(deltas))
    throw new SyncError('INVALID', `${deltasKey} must be an object.`, { path: deltasKey })
  const misplaced = Object.keys(registers).find((field) => !isRegister(types, field))
  if (misplaced === undefined) return { registers, deltas }
  throw new SyncError('INVALID', `${misplaced}: merges by itself; it takes deltas only.`, {
    path: misplaced,
    reason: 'no delta',
  })
}

/** A payload of registers and deltas. */
export const joinPayload = (registers: Patch, deltas: Patch): Portable =>
  Object.keys(deltas).length === 0 ? registers : { ...registers, [deltasKey]: deltas }

/**
 * Makes deltas of what the author wants, on what the author sees: what the operation carries from then on.
 * @throws SyncError INVALID
 */
export const freezePayload = (
  types: FieldTypes,
  seen: RecordData | undefined,
  payload: string,
  maker: Maker,
): string => {
  // Most payloads have no typed field: they need not be decoded.
  if (!payload.includes(`"${wantedKey}"`)) return payload
  const { [wantedKey]: wanted, ...rest } = decodePortable(payload) as Readonly<Record<string, Portable>>
  if (!isPortableObject(wanted)) return payload
  const deltas: Record<string, Portable> = {}
  for (const [field, wish] of Object.entries(wanted)) {
    const type = types[field]
    const delta = type?.prepare(stateOf(type, seen, field), wish as unknown as Wanted, maker)
    if (delta !== undefined) deltas[field] = delta
  }
  return encodePortable(joinPayload(rest, deltas))
}

/**
 * The members that hold the states after the deltas. Where one has lost its place, that counts before all that does not fit
 * in others: all are made again then.
 * @throws SyncError INVALID (no such typed field, no delta of its type), MISSING_DEPENDENCY
 */
export const applyDeltas = (
  types: FieldTypes,
  before: RecordData,
  deltas: Patch,
  applying: Applying,
): RecordData => {
  let after: RecordData = {}
  const misfits: unknown[] = []
  for (const [field, delta] of Object.entries(deltas)) {
    const type = Object.hasOwn(types, field) ? types[field] : undefined
    if (type === undefined) {
      throw new SyncError('INVALID', `${field}: this field takes no deltas.`, {
        path: field,
        reason: 'no type',
      })
    }
    try {
      after = { ...after, ...membersOf(field, type.apply(stateOf(type, before, field), delta, applying)) }
    } catch (error) {
      if (hasCode(error, 'MISSING_DEPENDENCY')) throw error
      misfits.push(error)
    }
  }
  if (misfits.length > 0) throw misfits[0]
  return after
}

/** The deltas that lead from one record to a later one. */
export const differencesOf = (
  types: FieldTypes,
  before: RecordData | undefined,
  after: RecordData,
  maker: Maker,
): Patch => {
  const deltas: Record<string, Portable> = {}
  for (const [field, type] of Object.entries(types)) {
    const delta = type.difference(stateOf(type, before, field), stateOf(type, after, field), maker)
    if (delta !== undefined) deltas[field] = delta
  }
  return deltas
}

/** The fields that a payload of an update is about, sorted. */
export const writtenFields = (types: FieldTypes, payload: Portable): readonly string[] => {
  const { registers, deltas } = splitPayload(types, payload)
  return [...Object.keys(registers), ...Object.keys(deltas)].sort()
}
