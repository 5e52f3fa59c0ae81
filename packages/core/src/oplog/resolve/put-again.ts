import { decodePortable, encodePortable } from '../../base/codec.ts'
import { pickMembers } from '../../base/objects.ts'
import type { Operation } from '../../model/operation.ts'
import { decodePut, encodePut, putType, type Ages } from '../../model/put.ts'
import type { Patch } from '../../model/record.ts'
import { joinPayload, splitPayload, type FieldTypes } from '../../model/typed-fields.ts'
import { maxPayload } from '../../protocol/parts.ts'
import type { CarriedChange } from './answer.ts'

/** An operation that carries some of what puts carried that were answered `rebase`. */
export interface PutPart extends CarriedChange {
  /** By how many milliseconds it is older than the newest of them. */
  readonly age: number
  /** So many puts that it takes the place of were answered `rebase`. */
  readonly putsBefore?: number | undefined
}

/** So many puts in a row may be answered `rebase`. */
const mostPuts = 3

export interface PutAgain {
  readonly fieldTypes: FieldTypes
  /** The newest version that the server told of, as far as this device knows the record. */
  readonly version: number
}

/**
 * How the visible difference goes out that is left of puts. As a put, where only the place in a typed field was gone: with that
 * taken anew it may be settled. Else as updates, one for each time at which something of it was written: what the
 * strategy leaves to a person, or refuses, it would leave or refuse in the next put as well. Pure.
 * @param change an update
 */
export const putAgain = (
  change: CarriedChange,
  merged: readonly Operation[],
  { fieldTypes, version }: PutAgain,
): readonly PutPart[] => {
  const { registers, deltas } = splitPayload(fieldTypes, decodePortable(change.payload))
  const ages = agesOf(Object.keys(registers), merged)
  const hasPlaces = Object.keys(deltas).length > 0
  const put = hasPlaces ? toPut(change, ages, merged, version) : undefined
  return put === undefined ? toUpdates(registers, deltas, ages) : [put]
}

/** True where something of it was written earlier than the newest, which only a put can say, or a creation. */
export const isOfPuts = (merged: readonly Operation[]): boolean =>
  merged.some(({ type, payload }) => type === putType || Object.keys(agesIn(type, payload)).length > 0)

const toPut = (
  { payload, fields }: CarriedChange,
  ages: Ages,
  merged: readonly Operation[],
  version: number,
): PutPart | undefined => {
  const [only, ...others] = merged
  if (only?.type !== putType || others.length > 0) return undefined
  const puts = (only.putsBefore ?? 0) + 1
  // Nothing has happened since it was taken anew: it was not for its place.
  const isSameAgain = only.remadeOn !== undefined && only.remadeOn >= version
  if (isSameAgain || puts >= mostPuts) return undefined
  const again = encodePut(decodePortable(payload) as Patch, ages)
  return again.length > maxPayload
    ? undefined
    : { type: putType, payload: again, fields, age: 0, putsBefore: puts }
}

/** The newest first: a delta has its place on the version that is here now. */
const toUpdates = (registers: Patch, deltas: Patch, ages: Ages): readonly PutPart[] => {
  const ageOf = (field: string): number => ages[field] ?? 0
  const newest = Object.keys(deltas).length > 0 ? [0] : []
  const all = [...new Set([...newest, ...Object.keys(registers).map(ageOf)])]
  return all
    .toSorted((left, right) => left - right)
    .map((age) => {
      const written = pickMembers(registers, (field) => ageOf(field) === age)
      const carried = age === 0 ? deltas : {}
      const fields = [...Object.keys(written), ...Object.keys(carried)].sort()
      return { type: 'update', payload: encodePortable(joinPayload(written, carried)), fields, age }
    })
}

/** Of each field that is older than the newest operation. */
const agesOf = (fields: readonly string[], merged: readonly Operation[]): Ages => {
  const newest = Math.max(...merged.map(({ timestamp }) => timestamp))
  const times = new Map(merged.flatMap(timesIn))
  const aged = fields.map((field) => [field, newest - (times.get(field) ?? newest)] as const)
  return Object.fromEntries(aged.filter(([, age]) => age > 0))
}

/** When each field was written that an operation changes. */
const timesIn = ({ type, payload, fields, timestamp }: Operation): readonly (readonly [string, number])[] => {
  const ages = agesIn(type, payload)
  return fields.map((field) => [field, timestamp - (ages[field] ?? 0)] as const)
}

const agesIn = (type: string, payload: string): Ages =>
  type === putType || type === 'create' ? decodePut(payload).ages : {}
