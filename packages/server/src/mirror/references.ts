import type { ServerRow } from '@holdfast/core/protocol'
import { ConstraintError } from '../store/constraint-error.ts'
import type { RecordAddress } from '../store/contract.ts'
import { scopeOf } from './compare.ts'
import type { MirroredCollection } from './fields.ts'
import type { KnownRows } from './known-rows.ts'

interface Referring extends RecordAddress {
  readonly field: string
}

/** What a changed record newly refers to in tables of the app. */
const newReferences = (
  collections: ReadonlyMap<string, MirroredCollection>,
  before: ServerRow | undefined,
  next: ServerRow,
): readonly Referring[] => {
  const { references = {} } = collections.get(next.collection)?.definition ?? {}
  return Object.entries(references).flatMap(([field, collection]) => {
    const id = next.data[field]
    const isNew = typeof id === 'string' && (before?.deleted !== false || before.data[field] !== id)
    return isNew && collections.has(collection) ? [{ field, collection, id }] : []
  })
}

/**
 * A record refers to its own scope alone: a foreign key knows no scopes.
 * @throws ConstraintError
 */
export const assertOwnReferences = async (
  collections: ReadonlyMap<string, MirroredCollection>,
  scope: string,
  known: KnownRows,
  rows: readonly ServerRow[],
): Promise<void> => {
  const referring = rows
    .filter(({ deleted }) => !deleted)
    .flatMap((row) => newReferences(collections, known.find(row)?.record, row))
  await known.load(referring)
  for (const { field, ...key } of referring) {
    const row = known.rowOf(key)
    const collection = collections.get(key.collection)
    // One that is not there the database's own constraint knows, if it has one.
    if (row === undefined || collection === undefined || scopeOf(collection, row) === scope) continue
    throw new ConstraintError('foreign_key', [field])
  }
}
