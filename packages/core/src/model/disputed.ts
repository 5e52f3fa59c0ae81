import { isOverlapped, unseenFields, type Author } from './overlap.ts'
import type { RowVersions } from './record.ts'
import type { AnyCollection } from './schema.ts'
import { isRegister } from './typed-fields.ts'

/** The fields that an operation changes, and those that it only reads. */
export interface Concerned {
  readonly changed: readonly string[]
  readonly reads: readonly string[]
}

/**
 * What the collection's strategy has to settle: push judges by it, and preflight foresees by it. Fields with a type
 * of their own never are.
 */
export const disputedFields = (
  { conflict, fieldTypes }: AnyCollection,
  row: Pick<RowVersions, 'fieldVersions'>,
  author: Author,
  { changed, reads }: Concerned,
): readonly string[] => {
  const isDisputable = (field: string): boolean => isRegister(fieldTypes, field)
  if (conflict.detect === 'record')
    return unseenFields(row, author).some(isDisputable) ? changed.filter(isDisputable) : []
  const concerned = new Set([...changed, ...reads].filter(isDisputable))
  return [...concerned].filter((field) => isOverlapped(row, field, author)).sort()
}
