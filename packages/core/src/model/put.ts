import { decodePortable, encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { isPortableObject, type Portable } from '../base/portable.ts'
import type { Patch } from './record.ts'

/**
 * The type of an operation that stands for several updates: what their fields are in the end, as an update has it, and
 * for each field that was not written last how much earlier that was. A creation into which updates were folded
 * carries ages, too.
 */
export const putType = 'put'

export const agesKey = '$ages'

/** Milliseconds by which fields are older than the operation. */
export type Ages = Readonly<Record<string, number>>

/**
 * Older than any clock tells: the author did not write the field at all. A creation that says so of some is an edit that can
 * say that fields are gone: those stay as they are, and it builds on a record that is there (docs/decisions/0003).
 */
export const unwritten = 10 ** 13

export const unwrittenIn = (ages: Ages): readonly string[] =>
  Object.keys(ages).filter((field) => (ages[field] ?? 0) >= unwritten)

/** Makes a record, whatever is there: an edit by somebody who has seen it may look like one. */
export const isCreation = ({ type, payload }: { readonly type: string; readonly payload: string }): boolean =>
  type === 'create' && (!payload.includes(agesKey) || unwrittenIn(decodePut(payload).ages).length === 0)

export interface PutPayload {
  /** As the payload of an update. */
  readonly update: Portable
  readonly ages: Ages
}

export const encodePut = (update: Patch, ages: Ages): string =>
  encodePortable(Object.keys(ages).length === 0 ? update : { ...update, [agesKey]: ages })

/** @throws SyncError INVALID */
export const decodePut = (payload: string): PutPayload => {
  const value = decodePortable(payload)
  if (!isPortableObject(value)) throw invalid('it is no object')
  if (!Object.hasOwn(value, agesKey)) return { update: value, ages: {} }
  const { [agesKey]: ages = {}, ...update } = value
  if (!isPortableObject(ages) || !Object.values(ages).every(isAge)) throw invalid('its ages are no numbers')
  return { update, ages: ages as Ages }
}

const isAge = (age: Portable): boolean => typeof age === 'number' && Number.isSafeInteger(age) && age >= 0

const invalid = (reason: string): SyncError =>
  new SyncError('INVALID', `This is no put: ${reason}.`, { path: agesKey, reason })
