import type { Portable } from '@holdfast/core'
import { type as jsonType, insertOp, removeOp, type Doc, type JSONOp, type Path } from 'ot-json1'
import type { OtField } from './ot-type.ts'

type JsonObject = { readonly [key: string]: Portable }

const isObject = (value: Portable | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const both = (first: JSONOp, second: JSONOp): JSONOp => jsonType.compose(first, second)

/** Objects key by key; anything else that differs is replaced as a whole. */
const differenceAt = (path: Path, before: Portable | undefined, after: Portable | undefined): JSONOp => {
  if (before === undefined) return after === undefined ? null : insertOp(path, toDoc(after))
  if (after === undefined) return removeOp(path, true)
  if (isSame(before, after)) return null
  if (!isObject(before) || !isObject(after)) return both(removeOp(path, true), insertOp(path, toDoc(after)))
  let operation: JSONOp = null
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    operation = both(operation, differenceAt([...path, key], before[key], after[key]))
  }
  return operation
}

/** Key order counts for nothing. */
const isSame = (left: Portable, right: Portable): boolean => {
  if (!isObject(left) || !isObject(right)) return JSON.stringify(left) === JSON.stringify(right)
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => {
      const [one, other] = [left[key], right[key]]
      return one !== undefined && other !== undefined && isSame(one, other)
    })
  )
}

const toDoc = (value: Portable): Doc => JSON.parse(JSON.stringify(value)) as Doc

/** Where it fits the document as it is, it is shown; a place that is gone can't be found again. */
const salvage = (document: Portable | undefined, operation: JSONOp): JSONOp | undefined => {
  try {
    jsonType.apply(document as Doc, operation)
    return operation
  } catch {
    return undefined
  }
}

/** `ot-json1`: documents of plain JSON. Where two write the same place the one that came first to the server stands. */
export const json1: OtField = {
  name: 'json1',
  create: () => undefined,
  read(value) {
    jsonType.checkValidOp(value as JSONOp)
    return value
  },
  apply: (document, operation) => jsonType.apply(document as Doc, operation as JSONOp),
  transform: (operation, other, side) =>
    jsonType.transformNoConflict(operation as JSONOp, other as JSONOp, side),
  compose: (first, second) => jsonType.compose(first as JSONOp, second as JSONOp),
  difference(before, after) {
    const operation = differenceAt([], before, after)
    return operation === null ? undefined : operation
  },
  salvage: (document, operation) => salvage(document, operation as JSONOp),
}
