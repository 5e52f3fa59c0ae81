import type { Portable } from '@holdfast/core'
import { type as jsonType, insertOp, removeOp, type Doc, type JSONOp, type Path } from 'ot-json1'
import { checkDocument, checkResult, isObject, isOnlyNew, readJsonOperation } from './json-operation.ts'
import type { OtField } from './ot-type.ts'

const both = (first: JSONOp, second: JSONOp): JSONOp => jsonType.compose(first, second)

/** Objects key by key; anything else that differs is replaced as a whole. */
const differenceAt = (path: Path, before: Portable | undefined, after: Portable | undefined): JSONOp => {
  if (before === undefined) return after === undefined ? null : insertOp(path, after as Doc)
  if (after === undefined) return removeOp(path, true)
  if (isSame(before, after)) return null
  if (!isObject(before) || !isObject(after)) return both(removeOp(path, true), insertOp(path, after as Doc))
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

const applyTo = (document: Portable | undefined, operation: JSONOp): Doc | undefined => {
  const after = jsonType.apply(document as Doc, operation)
  checkResult(after, operation)
  return after
}

/** What fits the document as it is may be shown there, unless it would be somebody else's that it changes. */
const salvage = (document: Portable | undefined, operation: JSONOp): JSONOp | undefined => {
  if (!isOnlyNew(operation)) return undefined
  try {
    applyTo(document, operation)
    return operation
  } catch {
    return undefined
  }
}

/** A document of null looks like none, so for one who sets it it is the same. */
const difference = (before: Portable | undefined, wanted: Portable | undefined): JSONOp | undefined => {
  const after = wanted === null ? undefined : wanted
  if (after === undefined && before === null) return undefined
  checkDocument(after ?? null)
  return differenceAt([], before, after) ?? undefined
}

/** `ot-json1`: documents of plain JSON. Where two write the same place the one that came first to the server stands. */
export const json1: OtField = {
  name: 'json1',
  create: () => undefined,
  read: readJsonOperation,
  apply: (document, operation) => applyTo(document, operation as JSONOp),
  transform: (operation, other, side) =>
    jsonType.transformNoConflict(operation as JSONOp, other as JSONOp, side),
  compose: (first, second) => jsonType.compose(first as JSONOp, second as JSONOp),
  difference,
  salvage: (document, operation) => salvage(document, operation as JSONOp),
}
