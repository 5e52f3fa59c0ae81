import type { Portable } from '@holdfast/core'
import type { JSONOp } from 'ot-json1'
import type { TextOp } from 'ot-text-unicode'
import { editOf, isNumber, isObject, memberOf, type Members } from './json-operation.ts'
import { applyText } from './text.ts'

type Document = Portable | undefined
type Key = string | number
type Container = Portable[] | { [key: string]: Portable }
/** Of an operation: keys that lead down, what happens there, and then, each a list, what happens further down. */
type Parts = readonly Part[]
type Part = Key | Members | Parts

const isParts = (part: Part | undefined): part is Parts => Array.isArray(part)
const isKey = (part: Part | undefined): part is Key => typeof part === 'string' || typeof part === 'number'

const childOf = (container: Document, key: Key): Document => {
  if (Array.isArray(container)) return typeof key === 'number' ? (container[key] as Portable) : undefined
  return isObject(container) && typeof key === 'string' ? memberOf(container, key) : undefined
}

const edited = (value: Document, component: Members): Document => {
  const edit = editOf(component)
  switch (edit?.kind) {
    case undefined:
      return value
    case 'text':
      return applyText(value, edit.operation as TextOp)
    case 'number':
      if (!isNumber(value) || !isNumber(edit.operation)) throw new Error('It adds to what is no number.')
      return value + edit.operation
  }
}

/** The copies that one call has made, which it may change. */
const createCopies = () => {
  const own = new WeakSet<object>()

  const toContainer = (value: Document, key: Key): Container => {
    const isPlace = Array.isArray(value)
      ? typeof key === 'number'
      : isObject(value) && typeof key === 'string'
    if (!isPlace) throw new Error(`There is no place ${key} here.`)
    if (own.has(value as object)) return value as Container
    const copy = Array.isArray(value) ? [...(value as Portable[])] : { ...(value as Members) }
    own.add(copy)
    return copy
  }

  return {
    put(value: Document, key: Key, member: Portable): Container {
      const container = toContainer(value, key)
      ;(container as Record<Key, Portable>)[key] = member
      return container
    },
    remove(value: Document, key: Key): Container {
      const container = toContainer(value, key)
      if (Array.isArray(container)) container.splice(Number(key), 1)
      else delete container[key]
      return container
    },
    insert(value: Document, key: Key, member: Portable): Container {
      const container = toContainer(value, key)
      if (Array.isArray(container)) {
        if (Number(key) > container.length) throw new Error('It inserts beyond the end of a list.')
        container.splice(Number(key), 0, member)
      } else {
        if (Object.hasOwn(container, key)) throw new Error('There is something at this place already.')
        container[key] = member
      }
      return container
    },
  }
}

/**
 * What `apply` of `ot-json1` does, but each list and object is copied once: there it is once for each member that changes,
 * which takes seconds where a thousand of many thousand members do. And what objects inherit is no member.
 */
export const applyJson = (document: Document, operation: JSONOp): Document => {
  const { put, remove, insert } = createCopies()
  const held: Document[] = []

  /** Takes out what is removed or moved, from the last to the first: places are those of the document before. */
  const pick = (value: Document, parts: Parts, from = 0): Document => {
    const part = parts[from]
    if (part === undefined) return value
    if (isParts(part))
      return (parts.slice(from) as readonly Parts[]).reduceRight<Document>(
        (sum, child) => pick(sum, child),
        value,
      )
    if (isKey(part)) {
      const before = childOf(value, part)
      const after = pick(before, parts, from + 1)
      if (after === before) return value
      return after === undefined ? remove(value, part) : put(value, part, after)
    }
    const left = pick(value, parts, from + 1)
    if (part['p'] === undefined && part['r'] === undefined) return left
    if (left === undefined) throw new Error('There is nothing to take here.')
    if (typeof part['p'] === 'number') held[part['p']] = left
    return undefined
  }

  /** What a component puts at its place; undefined: nothing. */
  const droppedBy = (part: Part | undefined): Document => {
    if (part === undefined || isKey(part) || isParts(part)) return undefined
    return typeof part['d'] === 'number' ? held[part['d']] : part['i']
  }

  /** Puts in what is inserted or moved, and edits, from the first to the last: places are those of the document after. */
  const drop = (value: Document, parts: Parts, from = 0): Document => {
    const part = parts[from]
    if (part === undefined) return value
    if (isParts(part))
      return (parts.slice(from) as readonly Parts[]).reduce<Document>((sum, child) => drop(sum, child), value)
    if (!isKey(part)) return drop(edited(value, part), parts, from + 1)
    const dropped = droppedBy(parts[from + 1])
    const container = dropped === undefined ? value : insert(value, part, dropped)
    const before = dropped === undefined ? childOf(value, part) : dropped
    const after = drop(before, parts, from + 1)
    return after === before || after === undefined ? container : put(container, part, after)
  }

  if (operation === null) return document
  const parts = operation as Parts
  const left = pick(document, parts)
  const dropped = droppedBy(parts[0])
  if (dropped !== undefined && left !== undefined) throw new Error('There is a document already.')
  return drop(dropped === undefined ? left : dropped, parts)
}
