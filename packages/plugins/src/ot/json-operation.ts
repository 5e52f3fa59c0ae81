import type { Portable } from '@holdfast/core'
import { type as jsonType, type Doc, type JSONOp } from 'ot-json1'
import type { TextOp } from 'ot-text-unicode'
import { readTextOperation } from './text-operation.ts'

export type Members = { readonly [key: string]: Portable }

export const isObject = (value: unknown): value is Members => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export const memberOf = (object: Members, key: string): Portable | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Through them an operation would reach what every object inherits. */
const inherited: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype'])

export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' &&
  Number.isFinite(value) &&
  (Number.isSafeInteger(value) || !Number.isInteger(value))

/** Throws where it is no plain JSON: dates, bytes and big integers are whole values to the type, and could not be edited. */
export function checkDocument(value: unknown): asserts value is Doc {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || isNumber(value)) return
  if (Array.isArray(value)) {
    for (const member of value) checkDocument(member)
    return
  }
  if (!isObject(value)) throw new Error('The document is no plain JSON.')
  for (const [key, member] of Object.entries(value)) {
    if (inherited.has(key)) throw new Error(`The key ${key} is reserved.`)
    checkDocument(member)
  }
}

interface Edit {
  readonly kind: 'number' | 'text'
  readonly operation: Portable
}

/** What a component does inside of a value; a component of `ot-json1` may say it in two ways. */
export const editOf = ({ e, et, es, ena }: Members): Edit | undefined => {
  if (es !== undefined) return { kind: 'text', operation: es }
  if (ena !== undefined) return { kind: 'number', operation: ena }
  if (et === undefined && e === undefined) return undefined
  if (e !== undefined && et === 'number') return { kind: 'number', operation: e }
  if (e !== undefined && et === 'text-unicode') return { kind: 'text', operation: e }
  throw new Error('Only numbers and texts can be edited inside of a document.')
}

const checkComponent = (component: Members): void => {
  const edit = editOf(component)
  if (edit?.kind === 'text') readTextOperation(edit.operation)
  if (edit?.kind === 'number' && !isNumber(edit.operation)) throw new Error('It adds what is no number.')
  for (const written of [component['i'], component['r']]) if (written !== undefined) checkDocument(written)
}

const checkParts = (parts: readonly unknown[]): void => {
  for (const part of parts) {
    if (inherited.has(part)) throw new Error(`The key ${String(part)} is reserved.`)
    if (Array.isArray(part)) checkParts(part)
    else if (isObject(part)) checkComponent(part)
  }
}

/** Throws where it is no operation on a document. `checkValidOp` looks at its form, not at what it carries. */
export const readJsonOperation = (value: Portable): JSONOp => {
  const operation = value as JSONOp
  jsonType.checkValidOp(operation)
  if (operation !== null) checkParts(operation)
  return operation
}

/**
 * True where an operation removes, moves and replaces nothing, and only adds to what is there under a name: of a list it
 * can't be told which member somebody else has at that place by now.
 */
export const isOnlyNew = (operation: JSONOp): boolean => operation !== null && partsAreNew(operation, [])

const partsAreNew = (parts: readonly unknown[], path: readonly unknown[]): boolean => {
  const place = [...path]
  return parts.every((part) => {
    if (Array.isArray(part)) return partsAreNew(part, place)
    if (isObject(part)) return isNewAt(part, place)
    place.push(part)
    return true
  })
}

const isNewAt = (component: Members, path: readonly unknown[]): boolean => {
  const { i: inserted, r: removed, p: picked, d: dropped } = component
  if (removed !== undefined || picked !== undefined || dropped !== undefined) return false
  const named = inserted === undefined ? path : path.slice(0, -1)
  if (!named.every((key) => typeof key === 'string')) return false
  const edit = editOf(component)
  return edit?.kind !== 'text' || (edit.operation as TextOp).every((part) => typeof part !== 'object')
}
