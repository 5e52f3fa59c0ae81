import type * as z from 'zod/v4/core'
import { isPortableList, isPortableObject, portableEquals, type Portable } from '../base/portable.ts'
import { checkSize } from '../base/size.ts'
import { shapeOf } from './field-types.ts'
import type { Patch, RecordData } from './record.ts'
import type { AnyCollection, AnyOperation } from './schema.ts'
import { isHidden, isRegister } from './typed-fields.ts'
import { declaredKeyLength, declaredKeys, declaredText, typesAt } from './declared-limits.ts'

/**
 * What one value that is written may hold, unless its schema declares more. Devices look at it when it is written, and the
 * server when it comes. Fields with a type of their own have the bounds of a payload alone.
 */
export const valueLimits = {
  /** Keys of an object; those that an object of the schema names are declared. */
  keys: 256,
  /** Characters of a key; `z.record(z.string().max(200), ...)` declares more. */
  keyLength: 128,
  /** Characters of a text; `z.string().max(50_000)` declares more. */
  text: 32_768,
} as const

/** @throws SyncError TOO_LARGE, naming the place and what to do */
export const checkFieldValues = (definition: AnyCollection, values: Patch): void => {
  for (const [field, value] of Object.entries(values)) {
    if (!isRegister(definition.fieldTypes, field) || isModest(value)) continue
    const type = shapeOf(definition.fields)[field]
    // A newer version of the app has the field: what may be in it is not known here.
    if (type !== undefined) check(value, typesAt(type), field)
  }
}

/** @throws SyncError TOO_LARGE */
export const checkInputValue = ({ input: type }: AnyOperation, input: Portable): void => {
  if (!isModest(input)) check(input, typesAt(type), 'input')
}

/** True where an operation may carry this, which nobody wrote as it is. */
export const fitsInput = (operation: AnyOperation, input: Portable): boolean => {
  try {
    checkInputValue(operation, input)
    return true
  } catch {
    return false
  }
}

/** What a named operation made of a record: fields that it left alone may be what they were. @throws SyncError TOO_LARGE */
export const checkMadeValues = (definition: AnyCollection, before: RecordData, after: RecordData): void => {
  for (const [field, value] of Object.entries(after)) {
    if (isHidden(field) || isModest(value) || portableEquals(before[field], value)) continue
    checkFieldValues(definition, { [field]: value })
  }
}

/** Nearly all values are within the limits, whatever is declared. */
const isModest = (value: Portable): boolean => {
  if (typeof value === 'string') return value.length <= valueLimits.text
  if (isPortableList(value)) return value.every(isModest)
  if (!isPortableObject(value)) return true
  const keys = Object.keys(value)
  return (
    keys.length <= valueLimits.keys &&
    keys.every((key) => key.length <= valueLimits.keyLength && isModest(value[key] ?? null))
  )
}

const check = (value: Portable, types: readonly z.$ZodType[], path: string): void => {
  if (typeof value === 'string') {
    const limit = Math.max(valueLimits.text, declaredText(types))
    const found = `${path} has ${value.length} characters`
    const size = { what: 'text', limit, actual: value.length, path }
    checkSize(size, found, 'Declare more in the schema, z.string().max(...), or use a field type for texts.')
  } else if (isPortableList(value)) {
    const below = types.flatMap((type) => typesAt(type, 0))
    value.forEach((member, index) => check(member, below, `${path}[${index}]`))
  } else if (isPortableObject(value)) checkObject(value, types, path)
}

const checkObject = (
  value: Readonly<Record<string, Portable>>,
  types: readonly z.$ZodType[],
  path: string,
): void => {
  const keys = Object.keys(value)
  const many = {
    what: 'keys',
    limit: Math.max(valueLimits.keys, declaredKeys(types)),
    actual: keys.length,
    path,
  }
  checkSize(many, `${path} has ${keys.length} keys`, 'Use registerMap(), a list, or a record for each.')
  const keyLength = Math.max(valueLimits.keyLength, declaredKeyLength(types))
  for (const key of keys) {
    const long = { what: 'key', limit: keyLength, actual: key.length, path }
    checkSize(long, `A key of ${path} has ${key.length} characters`, 'Keep long names in values.')
    check(
      value[key] ?? null,
      types.flatMap((type) => typesAt(type, key)),
      `${path}.${key}`,
    )
  }
}
