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

const textReason = (text: string, what: string): string | undefined => {
  if (!text.isWellFormed()) return `has a lone surrogate in its ${what}; databases would change it`
  if (text.includes('\u0000')) return `has a NUL character in its ${what}; PostgreSQL refuses it`
  return undefined
}

const isPlainObject = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Checks that `value` can travel through every database and transformer unchanged.
 * @throws SyncError INVALID with the path of the first place that can't
 */
export function assertPortable(value: unknown, path = ''): asserts value is Portable {
  // Nearly all values are portable: only of one that is not it is worth saying where.
  if (!isPortable(value, undefined, 0)) isPortable(value, path, 0)
}

/** @param path undefined: nothing is thrown */
const isPortable = (value: unknown, path: string | undefined, depth: number): boolean => {
  const reason =
    depth > maxDepth ? `is nested deeper than ${maxDepth} levels; flatten it` : reasonAgainst(value)
  if (reason !== undefined) return path === undefined ? false : refuse(path, reason)
  if (typeof value !== 'object' || value === null) return true
  if (value instanceof Date || value instanceof Uint8Array) return true
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const place = path === undefined ? undefined : `${path}[${index}]`
      if (!isPortable(value[index], place, depth + 1)) return false
    }
    return true
  }
  const members = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(members)) {
    const place = path === undefined ? undefined : path === '' ? key : `${path}.${key}`
    const wrong = forbiddenKeys.has(key) ? `uses the reserved key ${key}` : textReason(key, 'key')
    if (wrong !== undefined) return place === undefined ? false : refuse(place, wrong)
    if (!isPortable(members[key], place, depth + 1)) return false
  }
  return true
}

/** What is wrong with the value itself, whatever it holds. */
const reasonAgainst = (value: unknown): string | undefined => {
  switch (typeof value) {
    case 'boolean':
      return undefined
    case 'bigint':
      return value >= bigintLimit || value <= -bigintLimit
        ? 'is a bigint of more than 1000 digits'
        : undefined
    case 'string':
      return textReason(value, 'text')
    case 'number':
      if (!Number.isFinite(value)) return 'is NaN or infinite; use null or a string'
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? 'is an integer beyond 2^53; use a bigint'
        : undefined
    case 'object':
      return value === null ? undefined : objectReason(value)
    case 'undefined':
      return 'is undefined; use null, or leave the key out'
    case 'function':
    case 'symbol':
      return `is a ${typeof value}; only data can be synced`
  }
}

const objectReason = (value: object): string | undefined => {
  if (value instanceof Date) {
    const time = value.getTime()
    return time >= firstTime && time <= lastTime ? undefined : 'is a date outside the years 1 to 9999'
  }
  if (value instanceof Uint8Array || Array.isArray(value) || isPlainObject(value)) return undefined
  return 'is an instance of a class; only plain objects can be synced'
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
