import { SyncError } from './errors.ts'
import { isPlain } from './objects.ts'

/** What a record or payload may hold: JSON, dates (years 1 to 9999), bigint and bytes. */
export type Portable =
  | null
  | boolean
  | number
  | string
  | bigint
  | Date
  | Uint8Array
  | readonly Portable[]
  | { readonly [key: string]: Portable }

const maxDepth = 32
const firstTime = -62_135_596_800_000
const lastTime = 253_402_300_799_999
const bigintLimit = 10n ** 1000n
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const refuse = (path: string, reason: string): never => {
  throw new SyncError('INVALID', `${path === '' ? 'The value' : path} ${reason}.`, { path, reason })
}

const checkText = (text: string, path: string, what: string): void => {
  if (!text.isWellFormed()) refuse(path, `has a lone surrogate in its ${what}; databases would change it`)
  if (text.includes('\u0000')) refuse(path, `has a NUL character in its ${what}; PostgreSQL refuses it`)
}

const isPlainObject = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Checks that `value` can travel through every database and transformer unchanged.
 * @throws SyncError INVALID with the path of the first place that can't
 */
export function assertPortable(value: unknown, path = '', depth = 0): asserts value is Portable {
  if (depth > maxDepth) refuse(path, `is nested deeper than ${maxDepth} levels; flatten it`)
  switch (typeof value) {
    case 'boolean':
      return
    case 'bigint':
      if (value >= bigintLimit || value <= -bigintLimit) refuse(path, 'is a bigint of more than 1000 digits')
      return
    case 'string':
      return checkText(value, path, 'text')
    case 'number':
      if (!Number.isFinite(value)) refuse(path, 'is NaN or infinite; use null or a string')
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        refuse(path, 'is an integer beyond 2^53; use a bigint')
      }
      return
    case 'object':
      return assertPortableObject(value, path, depth)
    case 'undefined':
      return refuse(path, 'is undefined; use null, or leave the key out')
    case 'function':
    case 'symbol':
      return refuse(path, `is a ${typeof value}; only data can be synced`)
  }
}

const assertPortableObject = (value: object | null, path: string, depth: number): void => {
  if (value === null) return
  if (value instanceof Date) {
    const time = value.getTime()
    if (!(time >= firstTime && time <= lastTime)) refuse(path, 'is a date outside the years 1 to 9999')
    return
  }
  if (value instanceof Uint8Array) return
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      assertPortable(value[index], `${path}[${index}]`, depth + 1)
    }
    return
  }
  if (!isPlainObject(value)) refuse(path, 'is an instance of a class; only plain objects can be synced')
  for (const [key, member] of Object.entries(value)) {
    const place = path === '' ? key : `${path}.${key}`
    if (forbiddenKeys.has(key)) refuse(place, `uses the reserved key ${key}`)
    checkText(key, place, 'key')
    assertPortable(member, place, depth + 1)
  }
}

/** Deep equality of portable values; -0 equals 0, key order does not matter. */
export const portableEquals = (left: Portable | undefined, right: Portable | undefined): boolean => {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (left instanceof Date || right instanceof Date) {
    return left instanceof Date && right instanceof Date && left.getTime() === right.getTime()
  }
  if (left instanceof Uint8Array || right instanceof Uint8Array) {
    if (!(left instanceof Uint8Array && right instanceof Uint8Array) || left.length !== right.length)
      return false
    return left.every((byte, index) => byte === right[index])
  }
  if (isPortableList(left) || isPortableList(right)) {
    if (!(isPortableList(left) && isPortableList(right)) || left.length !== right.length) return false
    return left.every((member, index) => portableEquals(member, right[index]))
  }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && portableEquals(left[key], right[key]))
}

export const isPortableList = (value: Portable | undefined): value is readonly Portable[] =>
  Array.isArray(value)

/** True for a value with members of its own: no list, no date, no bytes. */
export const isPortableObject = (
  value: Portable | undefined,
): value is { readonly [key: string]: Portable } => isPlain(value)
