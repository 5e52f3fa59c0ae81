import { encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { checkSize } from '../base/size.ts'
import { decodeMove, encodeMove, moveType } from '../model/move-input.ts'
import type { AnyCollection } from '../model/schema.ts'
import { namedOperation, validateInput, validatePatch } from '../model/validate.ts'
import { emptyPayload } from '../oplog/enqueue.ts'
import { id as idRule, maxPayload } from '../protocol/parts.ts'

/** @throws SyncError INVALID */
export const checkId = (id: unknown): string => {
  const parsed = idRule.safeParse(id)
  if (parsed.success) return parsed.data
  const reason = 'an id is 1 to 64 letters, digits, _ or -'
  throw new SyncError('INVALID', `id: ${reason}.`, { path: 'id', reason })
}

/** @throws SyncError TOO_LARGE */
export const encodePayload = (value: unknown): string => {
  const payload = encodePortable(value)
  const size = { what: 'payload', limit: maxPayload, actual: payload.length }
  checkSize(size, `The change has ${size.actual} characters`)
  return payload
}

/**
 * The payload of a write that changes or removes an existing record, checked.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const encodeFor = (definition: AnyCollection, type: string, value: unknown): string => {
  switch (type) {
    case 'update':
      return encodePayload(validatePatch(definition, value))
    case 'delete':
      return emptyPayload
    case moveType: {
      const { to, patch } = decodeMove(encodePortable(value))
      const checked = Object.keys(patch).length === 0 ? {} : validatePatch(definition, patch)
      return encodeMove({ to, patch: checked })
    }
    default: {
      const named = namedOperation(definition, type)
      if (named === undefined) {
        throw new SyncError('INVALID', `The schema has no operation "${type}".`, {
          path: type,
          reason: 'unknown',
        })
      }
      validateInput(named, value)
      return encodePayload(value)
    }
  }
}
