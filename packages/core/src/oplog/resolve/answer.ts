import { encodePortable } from '../../base/codec.ts'
import { pickMembers } from '../../base/objects.ts'
import { checkSize } from '../../base/size.ts'
import { changedFields } from '../../model/change.ts'
import { deletedField, type BaseRow, type Patch, type RecordData } from '../../model/record.ts'
import { maxPayload } from '../../protocol/parts.ts'
import { emptyPayload } from '../enqueue.ts'

/** A person's answer, checked. */
export type Choice = 'mine' | 'theirs' | Patch

/** @throws SyncError TOO_LARGE */
export const checkCarried = ({ payload }: CarriedChange): void => {
  const size = { what: 'payload', limit: maxPayload, actual: payload.length }
  checkSize(size, `The answer has ${size.actual} characters`, 'Shorten a field by a patch.')
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

/** The one change that turns the server's record into the answer; undefined where it is that already. */
export const toChange = (
  { base, mine }: Sides,
  disputed: readonly string[],
  choice: Choice,
): CarriedChange | undefined => {
  const isLive = base !== undefined && !base.deleted
  if (mine === undefined && choice === 'mine') {
    return isLive ? { type: 'delete', payload: emptyPayload, fields: [deletedField] } : undefined
  }
  if (choice === 'theirs' && !isLive) return undefined

  const server = base?.data ?? {}
  const wanted = mine === undefined ? server : mine
  const undisputed = changedFields(server, wanted).filter(
    (field) => choice === 'mine' || !disputed.includes(field),
  )
  const patch: Patch = { ...pick(wanted, undisputed), ...(typeof choice === 'object' ? choice : {}) }
  const removed = undisputed.filter((field) => !Object.hasOwn(patch, field))
  const after = pickMembers({ ...server, ...patch }, (field) => !removed.includes(field))
  const whole = { type: 'create', payload: encodePortable(after) }
  if (!isLive) return { ...whole, fields: [deletedField, ...Object.keys(after)].sort() }
  const fields = changedFields(server, after)
  // Only a whole record can say that it has a field no longer.
  if (removed.length > 0) return { ...whole, fields }
  return fields.length === 0
    ? undefined
    : { type: 'update', payload: encodePortable(pick(patch, fields)), fields }
}

const pick = (data: RecordData, fields: readonly string[]): Patch =>
  pickMembers(data, (field) => fields.includes(field))
