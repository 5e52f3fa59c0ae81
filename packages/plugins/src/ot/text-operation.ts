import type { Portable } from '@holdfast/core'
import { type as textType, type TextOp } from 'ot-text-unicode'

/** No text of a record is as long; beyond it the type would walk places that can't be there. */
const longest = 2 ** 20

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

/** The type counts code points, not what a reader sees as one character. */
export const pointsOf = (text: string): readonly string[] => Array.from(text)

/** How much of the document before a component goes over. `checkOp` lets pass what is no component at all. */
const reachOf = (component: unknown): number => {
  if (typeof component === 'string') return 0
  if (isCount(component)) return component
  const entries = typeof component === 'object' && component !== null ? Object.entries(component) : []
  const [[key, removed] = [], ...others] = entries as readonly (readonly [string, unknown])[]
  if (key === 'd' && others.length === 0) {
    if (isCount(removed)) return removed
    if (typeof removed === 'string') return pointsOf(removed).length
  }
  throw new Error('An operation of a text is a list of numbers, texts and deletions.')
}

/** How long a text has to be for an operation. Throws where it is none. */
export const neededLength = (operation: TextOp): number =>
  operation.map(reachOf).reduce((sum, reach) => sum + reach, 0)

/**
 * Whether two edits in a row are one, whatever others wrote meanwhile. What is typed where the first one deleted comes behind what
 * somebody else typed amid that; as one edit it would come before it.
 */
export const isOneEdit = (first: TextOp, second: TextOp): boolean => {
  const deletedAt = new Set<number>()
  let at = 0
  for (const component of first) {
    if (typeof component === 'number') at += component
    else if (typeof component === 'string') at += pointsOf(component).length
    else deletedAt.add(at)
  }
  at = 0
  for (const component of second) {
    if (typeof component !== 'string') at += reachOf(component)
    else if (deletedAt.has(at)) return false
  }
  return true
}

/** Throws where it is no operation of a text. */
export const readTextOperation = (value: Portable): TextOp => {
  const operation = value as TextOp
  textType.checkOp(operation)
  if (neededLength(operation) > longest) throw new Error('The operation goes beyond the end of any text.')
  return operation
}
