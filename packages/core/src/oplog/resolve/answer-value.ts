import { decodePortable } from '../../base/codec.ts'
import { isObject, pickMembers } from '../../base/objects.ts'
import type { Portable } from '../../base/portable.ts'
import { changedFields } from '../../model/change.ts'
import { decodePut, encodePut } from '../../model/put.ts'
import type { Patch, RecordData } from '../../model/record.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { joinPayload, splitPayload } from '../../model/typed-fields.ts'
import { validatePatch } from '../../model/validate.ts'
import type { OperationDraft } from '../enqueue.ts'
import { checkFits } from './answer.ts'

/** What an answer writes, as hooks get it: without the deltas, which say what was done before. Of a deletion null. */
export const valueIn = ({ fieldTypes }: AnyCollection, { payload }: OperationDraft): Portable =>
  decodePortable(payload) === null ? null : splitPayload(fieldTypes, decodePut(payload).update).registers

/**
 * What carries an answer, with what hooks made of what it writes.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const withValue = (
  definition: AnyCollection,
  draft: OperationDraft,
  value: unknown,
): OperationDraft => {
  const given = valueIn(definition, draft)
  if (given === null || !isObject(value)) return draft
  const before = given as RecordData
  const written = changedFields(before, value as RecordData)
  if (written.length === 0) return draft
  const { update, ages } = decodePut(draft.payload)
  const patch = validatePatch(
    definition,
    pickMembers(value, (field) => written.includes(field)),
  )
  const registers = pickMembers({ ...before, ...patch }, (field) => Object.hasOwn(value, field))
  const { deltas } = splitPayload(definition.fieldTypes, update)
  const payload = encodePut(
    joinPayload(registers, deltas) as Patch,
    pickMembers(ages, (field) => !written.includes(field)),
  )
  const next = { ...draft, payload, fields: [...new Set([...draft.fields, ...written])].sort() }
  checkFits(definition, next)
  return next
}
