import {
  isSyncError,
  SyncError,
  type AnyCollection,
  type FieldType,
  type Operation,
  type Portable,
} from '@holdfast/core'
import {
  decodePortable,
  decodePut,
  encodePortable,
  encodePut,
  joinPayload,
  maxPayload,
  putType,
  splitPayload,
  type Ages,
} from '@holdfast/core/protocol'

/** What an update, a creation or a `put` writes. */
export interface Written {
  readonly registers: Readonly<Record<string, Portable>>
  readonly deltas: Readonly<Record<string, Portable>>
  readonly ages: Ages
  readonly timestamp: number
}

export const writtenBy = (
  { fieldTypes }: Pick<AnyCollection, 'fieldTypes'>,
  { type, payload, timestamp }: Operation,
): Written => {
  const carriesAges = type === putType || type === 'create'
  const put = carriesAges ? decodePut(payload) : { update: decodePortable(payload), ages: {} }
  return { ...splitPayload(fieldTypes, put.update), ages: put.ages, timestamp }
}

/** One after the other as one; undefined where their deltas can't be one. */
export const writtenByBoth = (
  { fieldTypes }: Pick<AnyCollection, 'fieldTypes'>,
  first: Written,
  second: Written,
): Written | undefined => {
  const deltas: Record<string, Portable> = { ...first.deltas }
  for (const [field, delta] of Object.entries(second.deltas)) {
    const earlier = deltas[field]
    const composed = earlier === undefined ? delta : compose(fieldTypes[field], earlier, delta)
    if (composed === undefined) return undefined
    deltas[field] = composed
  }
  const timestamp = Math.max(first.timestamp, second.timestamp)
  const registers = { ...first.registers, ...second.registers }
  return { registers, deltas, ages: agesAt(timestamp, first, second), timestamp }
}

/** Two of the deltas of a type may come to what it refuses, as a sum beyond 2^53: they stay two. */
const compose = (type: FieldType | undefined, first: Portable, second: Portable): Portable | undefined => {
  try {
    return type?.compose(first, second)
  } catch (error) {
    if (isSyncError(error)) return undefined
    throw error
  }
}

/** By how much the fields were written before that time; the second one's count where both wrote them. */
const agesAt = (timestamp: number, first: Written, second: Written): Ages => {
  const aged = [first, second].flatMap((written) =>
    Object.keys(written.registers).map((field) => {
      const age = timestamp - written.timestamp + (written.ages[field] ?? 0)
      return [field, age] as const
    }),
  )
  // Those of age 0 have to take the place of older ones first.
  return Object.fromEntries(Object.entries(Object.fromEntries(aged)).filter(([, age]) => age > 0))
}

/** Undefined where it is more than one operation may carry. */
export const encodeWritten = (written: Written, type: string): string | undefined => {
  const { registers, deltas, ages } = written
  const update = joinPayload(registers, deltas)
  const carriesAges = type === putType || type === 'create'
  const payload = carriesAges && isObject(update) ? encodePut(update, ages) : encodePortable(update)
  return payload.length > maxPayload ? undefined : payload
}

const isObject = (value: Portable): value is Readonly<Record<string, Portable>> => {
  if (typeof value === 'object' && value !== null) return true
  throw new SyncError('INVALID', 'A payload must be an object.', {})
}
