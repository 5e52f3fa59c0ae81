import { isOverlapped, unseenFields, type Author } from './overlap.ts'
import type { ServerRow } from './record.ts'
import type { AnyCollection } from './schema.ts'

/** The fields that an operation changes, and those that it only reads. */
export interface Concerned {
  readonly changed: readonly string[]
  readonly reads: readonly string[]
}

/** What the collection's strategy has to settle: push judges by it, and preflight foresees by it. */
export const disputedFields = (
  { conflict }: AnyCollection,
  row: ServerRow,
  author: Author,
  { changed, reads }: Concerned,
): readonly string[] => {
  if (conflict.detect === 'record') return unseenFields(row, author).length > 0 ? changed : []
  const concerned = new Set([...changed, ...reads])
  return [...concerned].filter((field) => isOverlapped(row, field, author)).sort()
}
