import type { Portable } from '@holdfast/core'
import { type as textType, type TextOp } from 'ot-text-unicode'
import type { OtField } from './ot-type.ts'
import { isOneEdit, neededLength, pointsOf, readTextOperation } from './text-operation.ts'

const textOf = (value: Portable | undefined): string => {
  if (typeof value === 'string') return value
  throw new Error('The document is no text.')
}

/** The type walks whatever is skipped or deleted, be it there or not. */
const checkLength = (document: string, operation: TextOp): void => {
  const needed = neededLength(operation)
  if (needed > document.length && needed > pointsOf(document).length)
    throw new Error('The operation goes beyond the end of the document.')
}

export const applyText = (document: Portable | undefined, operation: TextOp): string => {
  const text = textOf(document)
  checkLength(text, operation)
  return textType.apply(text, operation)
}

/** The shortest edit in one place: what both have in common at the beginning and at the end stays. */
const difference = (before: string, after: string): TextOp | undefined => {
  if (before === after) return undefined
  const [old, now] = [pointsOf(before), pointsOf(after)]
  const shortest = Math.min(old.length, now.length)
  let start = 0
  while (start < shortest && old[start] === now[start]) start += 1
  let end = 0
  while (end < shortest - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const removed = old.length - start - end
  const inserted = now.slice(start, now.length - end).join('')
  return textType.normalize([start, ...(removed > 0 ? [{ d: removed }] : []), inserted])
}

/** What was typed comes as near to its place as it goes; what was deleted stays: it may be somebody else's by now. */
const salvage = (document: string, operation: TextOp): TextOp | undefined => {
  const length = pointsOf(document).length
  let [at, written] = [0, 0]
  const result: TextOp = []
  for (const component of operation) {
    if (typeof component === 'number') at += component
    else if (typeof component === 'string') {
      const place = Math.min(at, length)
      result.push(place - written, component)
      written = place
    }
  }
  return result.length === 0 ? undefined : textType.normalize(result)
}

/** `ot-text-unicode`: positions count Unicode code points. */
export const unicodeText: OtField = {
  name: 'text-unicode',
  create: () => '',
  read: readTextOperation,
  apply: (document, operation) => applyText(document, operation as TextOp),
  transform: (operation, other, side) => textType.transform(operation as TextOp, other as TextOp, side),
  compose: (first, second) => textType.compose(first as TextOp, second as TextOp),
  isOne: (first, second) => isOneEdit(first as TextOp, second as TextOp),
  difference: (before, after) => difference(textOf(before), textOf(after)),
  salvage: (document, operation) => salvage(textOf(document), operation as TextOp),
}
