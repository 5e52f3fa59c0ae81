import { safeParse, type $ZodError, type $ZodObject } from 'zod/v4/core'
import { SyncError } from '../base/errors.ts'
import { isObject, ownMember, pickMembers } from '../base/objects.ts'
import { assertPortable } from '../base/portable.ts'
import { shapeOf } from './field-types.ts'
import type { Patch, RecordData } from './record.ts'
import type { AnyCollection, AnyOperation } from './schema.ts'
import { isHidden, isRegister } from './typed-fields.ts'

const invalid = (path: string, reason: string): never => {
  throw new SyncError('INVALID', `${path === '' ? 'The value' : path}: ${reason}.`, { path, reason })
}

const failed = (path: string, error: $ZodError): never => {
  const issue = error.issues[0]
  const place = [path, ...(issue?.path ?? [])].filter((part) => part !== '').join('.')
  return invalid(place, issue?.message ?? 'does not fit the schema')
}

const checkKnown = (fields: $ZodObject, value: Readonly<Record<string, unknown>>): void => {
  const shape = shapeOf(fields)
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(shape, key)) invalid(key, 'the schema has no such field')
  }
}

const withoutUndefined = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.values(value).includes(undefined) ? pickMembers(value, (_, member) => member !== undefined) : value

/**
 * A whole record: defaults filled in, nothing unknown, only portable values.
 * @throws SyncError INVALID with the path
 */
export const validateRecord = (definition: AnyCollection, value: unknown): RecordData => {
  if (!isObject(value)) return invalid('', 'must be an object')
  checkKnown(definition.fields, value)
  const parsed = safeParse(definition.fields, value)
  if (!parsed.success) return failed('', parsed.error)
  const record: unknown = withoutUndefined(parsed.data)
  assertPortable(record)
  return record as RecordData
}

/**
 * A record after a change. Fields that the schema does not know (a newer version of the app has them) stay as they
 * are; only what the change brought in has to fit.
 * @throws SyncError INVALID with the path
 */
export const validateChanged = (
  definition: AnyCollection,
  before: RecordData,
  after: Readonly<Record<string, unknown>>,
): RecordData => {
  const isCarried = (key: string): boolean => isUnknown(definition, before, key)
  const known = pickMembers(after, (key) => !isCarried(key))
  const carried = pickMembers(before, isCarried)
  // What a type keeps of its field is the type's own business.
  const hidden = pickMembers(after, isHidden)
  return { ...validateRecord(definition, known), ...carried, ...hidden } as RecordData
}

const isUnknown = ({ fields }: AnyCollection, before: RecordData, key: string): boolean =>
  isHidden(key) || (Object.hasOwn(before, key) && !Object.hasOwn(shapeOf(fields), key))

/**
 * Some fields of a record. Defaults are not filled in.
 * @throws SyncError INVALID with the path
 */
export const validatePatch = (definition: AnyCollection, value: unknown): Patch => {
  if (!isObject(value)) return invalid('', 'must be an object of fields and their new values')
  checkKnown(definition.fields, value)
  if (Object.hasOwn(value, 'id')) return invalid('id', 'an id can not be changed; create another record')
  const patch: Record<string, unknown> = {}
  for (const [field, member] of Object.entries(value)) {
    if (member === undefined) return invalid(field, 'is undefined; use null, or leave the field out')
    if (!isRegister(definition.fieldTypes, field))
      return invalid(field, 'merges by itself; only create and update can change it')
    patch[field] = validateField(definition, field, member)
  }
  const checked: unknown = patch
  assertPortable(checked)
  return checked as Patch
}

/**
 * One field's value.
 * @throws SyncError INVALID with the path
 */
export const validateField = (definition: AnyCollection, field: string, value: unknown): unknown => {
  const type = shapeOf(definition.fields)[field]
  if (type === undefined) return invalid(field, 'the schema has no such field')
  const parsed = safeParse(type, value)
  return parsed.success ? parsed.data : failed(field, parsed.error)
}

/** @throws SyncError INVALID with the path */
export const validateInput = (operation: AnyOperation, value: unknown): unknown => {
  const parsed = safeParse(operation.input, value)
  if (!parsed.success) return failed('input', parsed.error)
  return parsed.data
}

/** The named operation `type` of a collection, if it has one. */
export const namedOperation = (definition: AnyCollection, type: string): AnyOperation | undefined =>
  ownMember(definition.operations, type)
