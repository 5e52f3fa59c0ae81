import { encodePortable } from '../../base/codec.ts'
import { pickMembers } from '../../base/objects.ts'
import { checkSize } from '../../base/size.ts'
import { applyChange, changedFields } from '../../model/change.ts'
import { shapeOf } from '../../model/field-types.ts'
import { encodePut, unwritten } from '../../model/put.ts'
import { deletedField, type BaseRow, type Patch, type RecordData } from '../../model/record.ts'
import { checkScopeStays } from '../../model/record-scope.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { differencesOf, isRegister, joinPayload } from '../../model/typed-fields.ts'
import { maxPayload } from '../../protocol/parts.ts'
import { emptyPayload, type OperationDraft } from '../enqueue.ts'

/** A person's answer, checked. */
export type Choice = 'mine' | 'theirs' | Patch

/** @throws SyncError TOO_LARGE */
export const checkCarried = ({ payload }: CarriedChange): void => {
  const size = { what: 'payload', limit: maxPayload, actual: payload.length }
  checkSize(size, `The answer has ${size.actual} characters`, 'Shorten a field by a patch.')
}

/**
 * Together with the server's record an answer must make a record that the schema takes.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const checkFits = (
  definition: AnyCollection,
  { base, recordId, ...change }: Pick<OperationDraft, 'base' | 'recordId'> & CarriedChange,
): void => {
  const made = { ...change, id: '', recordId, timestamp: 0 }
  const after = applyChange(definition, base?.data, made, { version: (base?.version ?? 0) + 1 })
  if (base !== undefined && after !== undefined) checkScopeStays(definition, base.data, after)
  checkCarried(change)
}

export interface Sides {
  /** The server's record as it was seen. */
  readonly base: BaseRow | undefined
  /** With the waiting operations on top. */
  readonly mine: RecordData | undefined
}

export interface CarriedChange {
  readonly type: string
  readonly payload: string
  readonly fields: readonly string[]
}

export interface Answering {
  readonly definition: AnyCollection
  readonly operationId: string
}

/** The one change that turns the server's record into the answer; undefined where it is that already. */
export const toChange = (
  { base, mine }: Sides,
  disputed: readonly string[],
  choice: Choice,
  { definition, operationId }: Answering,
): CarriedChange | undefined => {
  const { fieldTypes } = definition
  const isLive = base !== undefined && !base.deleted
  if (mine === undefined && choice === 'mine') {
    return isLive ? { type: 'delete', payload: emptyPayload, fields: [deletedField] } : undefined
  }
  if (choice === 'theirs' && !isLive) return undefined

  const server = base?.data ?? {}
  const wanted = mine === undefined ? server : mine
  const undisputed = changedFields(server, wanted).filter(
    (field) => isRegister(fieldTypes, field) && (choice === 'mine' || !disputed.includes(field)),
  )
  const patch: Patch = { ...pick(wanted, undisputed), ...(typeof choice === 'object' ? choice : {}) }
  const removed = undisputed.filter((field) => !Object.hasOwn(patch, field))
  const registers = Object.keys(server).filter((field) => isRegister(fieldTypes, field))
  const known = pickMembers(server, (field) => registers.includes(field))
  const after = pickMembers({ ...known, ...patch }, (field) => !removed.includes(field))
  const maker = { operationId, baseVersion: base?.version ?? 0 }
  const deltas = differencesOf(fieldTypes, isLive ? server : undefined, wanted, maker)
  const whole = { type: 'create', payload: encodePortable(joinPayload(after, deltas)) }
  if (!isLive)
    return { ...whole, fields: [deletedField, ...Object.keys(after), ...Object.keys(deltas)].sort() }
  const changed = changedFields(known, after)
  const fields = [...changed, ...Object.keys(deltas)].sort()
  // Only a whole record can say that it has a field no longer. It leaves alone what is not changed, or was not there.
  if (removed.length > 0) {
    const others = [...Object.keys(shapeOf(definition.fields)), ...registers].filter(
      (field) => isRegister(fieldTypes, field) && !changed.includes(field),
    )
    const ages = Object.fromEntries(others.map((field) => [field, unwritten]))
    return { type: 'create', payload: encodePut(joinPayload(after, deltas) as Patch, ages), fields }
  }
  return fields.length === 0
    ? undefined
    : { type: 'update', payload: encodePortable(joinPayload(pick(patch, changed), deltas)), fields }
}

const pick = (data: RecordData, fields: readonly string[]): Patch =>
  pickMembers(data, (field) => fields.includes(field))
