import { changedFields } from './change.ts'
import { versionAt, type Candidate, type Place } from './decision.ts'
import { reject } from './outcomes.ts'
import { isOverlapped, nextFieldVersion, type FieldStamp } from './overlap.ts'
import {
  deletedField,
  movedField,
  type FieldVersion,
  type Patch,
  type RecordData,
  type RowVersions,
  type ServerRow,
} from './record.ts'
import { checkRecordSize } from './record-size.ts'
import { checkFieldValues } from './value-limits.ts'
import type { AnyCollection } from './schema.ts'
import { validateChanged, validatePatch } from './validate.ts'
import type { Verdict } from '../protocol/verdict.ts'

/**
 * The record as it arrives.
 * @throws SyncError INVALID with the path
 */
export const movedRecord = (definition: AnyCollection, record: RecordData, patch: Patch): RecordData => {
  if (Object.keys(patch).length === 0) return record
  return validateChanged(definition, record, { ...record, ...validatePatch(definition, patch) })
}

/** True for what is left of a record where it was: nothing revives it. */
export const isMoved = (row: Pick<RowVersions, 'deleted' | 'fieldVersions'>): boolean =>
  row.deleted && Object.hasOwn(row.fieldVersions, movedField)

export type MoveDecision =
  /** `left` takes the place of the row in the old scope, `arrived` in the new one. */
  | {
      readonly kind: 'move'
      readonly left: ServerRow
      readonly arrived: ServerRow
      readonly verdict: Verdict
    }
  | { readonly kind: 'refuse'; readonly verdict: Verdict }

export interface MovePlaces {
  readonly from: Place
  readonly to: Place
}

/**
 * Judges a move against the rows of both scopes. Pure. Versions go on where they were; fields that nobody saw change
 * on the way are not overwritten.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const decideMove = (
  definition: AnyCollection,
  rows: { readonly from: ServerRow | undefined; readonly to: ServerRow | undefined },
  candidate: Candidate,
  { patch, places }: { readonly patch: Patch; readonly places: MovePlaces },
): MoveDecision => {
  const { from: row, to: target } = rows
  if (row === undefined || row.deleted)
    return reject('DEPENDENCY', 'There is no such record to move any more.')
  if (target !== undefined && !target.deleted)
    return reject('INVALID', 'The other scope has a record with this id already.')
  const unseen = Object.keys(patch).find((field) => isOverlapped(row, field, candidate))
  if (unseen !== undefined)
    return reject('INVALID', `Somebody else changed "${unseen}" meanwhile; look at it and move again.`)

  checkFieldValues(definition, patch)
  const data = movedRecord(definition, row.data, patch)
  checkRecordSize(data)
  const version = Math.max(versionAt(row, places.from), versionAt(target, places.to))
  const { clientId, userId, timestamp } = candidate
  const stampAt = (place: Place): FieldStamp => ({
    version,
    clientId,
    userId,
    timestamp,
    seq: place.seq,
  })
  const touch = (
    versions: Readonly<Record<string, FieldVersion>>,
    fields: readonly string[],
    place: Place,
  ): Record<string, FieldVersion> => ({
    ...versions,
    ...Object.fromEntries(fields.map((field) => [field, nextFieldVersion(versions[field], stampAt(place))])),
  })
  const { [movedField]: _moved, ...carried } = row.fieldVersions
  const who = { updatedAt: places.from.now, updatedBy: userId }
  return {
    kind: 'move',
    left: {
      ...row,
      ...who,
      version,
      seq: places.from.seq,
      deleted: true,
      fieldVersions: touch(row.fieldVersions, [deletedField, movedField], places.from),
    },
    arrived: {
      ...row,
      ...who,
      version,
      seq: places.to.seq,
      bornSeq: places.to.seq,
      data,
      fieldVersions: touch(carried, changedFields(row.data, data), places.to),
    },
    verdict: { kind: 'applied', version },
  }
}
