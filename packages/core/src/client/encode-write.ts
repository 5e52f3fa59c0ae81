import { encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { isObject } from '../base/objects.ts'
import { checkSize } from '../base/size.ts'
import { decodeMove, encodeMove, moveType } from '../model/move-input.ts'
import { checkPayloadSize } from '../model/record-size.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { RecordData } from '../model/record.ts'
import { isRegister, joinWritten, splitWritten, statesIn, visibleRecord } from '../model/typed-fields.ts'
import {
  namedOperation,
  validateInput,
  validateField,
  validatePatch,
  validateRecord,
} from '../model/validate.ts'
import { emptyPayload } from '../oplog/enqueue.ts'
import type { Draft } from '../plugin/hooks.ts'
import { id as idRule } from '../protocol/parts.ts'
import { maxMarks } from '../protocol/push.ts'

/** @throws SyncError INVALID */
export const checkId = (id: unknown): string => {
  const parsed = idRule.safeParse(id)
  if (parsed.success) return parsed.data
  const reason = 'an id is 1 to 64 letters, digits, _ or -'
  throw new SyncError('INVALID', `id: ${reason}.`, { path: 'id', reason })
}

/** @throws SyncError TOO_LARGE */
const encodePayload = (value: unknown): string => {
  const payload = encodePortable(value)
  checkPayloadSize(payload)
  return payload
}

/** @throws SyncError INVALID, TOO_LARGE */
export const encodeMarks = (marks: Draft['marks']): string | undefined => {
  if (marks === undefined || Object.keys(marks).length === 0) return undefined
  const encoded = encodePortable(marks)
  checkSize({ what: 'marks', limit: maxMarks, actual: encoded.length }, 'The marks of plugins are too long')
  return encoded
}

/**
 * The payload of a write that changes or removes an existing record, checked.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const encodeFor = (definition: AnyCollection, type: string, value: unknown): string => {
  switch (type) {
    case 'update':
      return encodePatch(definition, value)
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

/** Typed fields apart: what is done to them depends on the record. @throws SyncError INVALID */
const encodePatch = (definition: AnyCollection, value: unknown): string => {
  if (!isObject(value)) return encodePayload(validatePatch(definition, value))
  const { registers, wanted } = splitWritten(definition.fieldTypes, value)
  const patch = validatePatch(definition, registers)
  for (const [field, wish] of Object.entries(wanted))
    if (wish.kind === 'set') validateField(definition, field, wish.value)
  return encodePayload(joinWritten(patch, wanted))
}

export interface EncodedRecord {
  /** With defaults, and with typed fields as far as they are given as values. */
  readonly record: RecordData
  readonly payload: string
}

/** A record that is to be created, checked. @throws SyncError INVALID, TOO_LARGE */
export const encodeRecord = (definition: AnyCollection, value: unknown, recordId: string): EncodedRecord => {
  const { fieldTypes } = definition
  const { registers, wanted } = isObject(value)
    ? splitWritten(fieldTypes, value)
    : { registers: value, wanted: {} }
  const given = Object.entries(wanted).flatMap(([field, wish]) =>
    wish.kind === 'set' ? [[field, wish.value] as const] : [],
  )
  const typed = { ...visibleRecord(statesIn(fieldTypes, undefined)), ...Object.fromEntries(given) }
  const whole = isObject(registers) ? { ...registers, ...typed } : registers
  const record = { ...validateRecord(definition, whole), id: recordId }
  const plain = Object.entries(record).filter(([field]) => isRegister(fieldTypes, field))
  return { record, payload: encodePayload(joinWritten(Object.fromEntries(plain), wanted)) }
}
