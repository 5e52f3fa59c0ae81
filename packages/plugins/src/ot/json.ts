import type { Portable } from '@holdfast/core'
import { type as jsonType, type JSONOp } from 'ot-json1'
import { checkDocument, isObject, isOnlyNew, memberOf, readJsonOperation } from './json-operation.ts'
import { applyJson } from './json-apply.ts'
import type { OtField } from './ot-type.ts'

type Parts = readonly unknown[]

/**
 * Objects key by key; anything else that differs is replaced as a whole. Null: nothing. Written as the type writes it, not
 * composed step by step, which takes seconds for thousands of keys.
 */
const differenceOf = (before: Portable | undefined, after: Portable | undefined): Parts | null => {
  if (before === undefined) return after === undefined ? null : [{ i: after }]
  if (after === undefined) return [{ r: true }]
  if (isSame(before, after)) return null
  if (!isObject(before) || !isObject(after)) return [{ r: true, i: after }]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const children = keys.sort(byCodeUnits).flatMap((key) => {
    const parts = differenceOf(memberOf(before, key), memberOf(after, key))
    return parts === null ? [] : [[key, ...parts]]
  })
  return children.length === 1 ? (children[0] ?? null) : children
}

/** As the type wants keys to be sorted. */
const byCodeUnits = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Key order counts for nothing. */
const isSame = (left: Portable, right: Portable): boolean => {
  if (!isObject(left) || !isObject(right)) return JSON.stringify(left) === JSON.stringify(right)
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => {
      const [one, other] = [memberOf(left, key), memberOf(right, key)]
      return one !== undefined && other !== undefined && isSame(one, other)
    })
  )
}

const applyTo = (document: Portable | undefined, operation: JSONOp): Portable | undefined => {
  const after = applyJson(document, operation)
  if (after !== undefined) checkDocument(after)
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
  return (differenceOf(before, after) ?? undefined) as JSONOp | undefined
}

/** What one writes into a part that the other removes goes with that, as what was typed into a deleted text does. */
const collides = (operation: Portable, other: Portable): boolean => {
  const tried = jsonType.tryTransform(operation as JSONOp, other as JSONOp, 'right')
  return !tried.ok && tried.conflict.type === jsonType.DROP_COLLISION
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
  collides,
}
