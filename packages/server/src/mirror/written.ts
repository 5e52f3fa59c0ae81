import {
  changedFields,
  isMoved,
  nextFieldVersion,
  serverAuthor,
  visibleRecord,
  type FieldVersion,
  type ServerRow,
} from '@holdfast/core/protocol'
import type { Portable } from '@holdfast/core'
import type { AppRow, AppWrite } from '../store/app-rows.ts'
import { ConstraintError } from '../store/constraint-error.ts'
import { isOneOf, scopeOf } from './compare.ts'
import type { MirroredCollection } from './fields.ts'

export interface Writing {
  readonly collection: MirroredCollection
  readonly scope: string
  /** The record before; the row before. */
  readonly record: ServerRow | undefined
  readonly row: AppRow | undefined
  readonly next: ServerRow
  /** True where the transaction moves this record here. */
  readonly arrives: boolean
}

/**
 * What a changed record does to the app's row; undefined: nothing.
 * @throws ConstraintError where the row is another scope's
 */
export const writeOf = ({ collection, scope, record, row, next, arrives }: Writing): AppWrite | undefined => {
  const address = { collection: collection.name, id: next.id }
  if (next.deleted) {
    const isGone = row === undefined || isMoved(next) || scopeOf(collection, row) !== scope
    return isGone ? undefined : { ...address, kind: 'delete' }
  }
  const after = visibleRecord(next.data)
  if (row === undefined) {
    const values = Object.fromEntries(collection.fields.map((field) => [field, after[field]]))
    return { ...address, kind: 'insert', values, scope, userId: next.updatedBy }
  }
  const isHere = scopeOf(collection, row) === scope
  if (!isHere && !arrives) throw new ConstraintError('unique', ['id'])
  const before = record === undefined || record.deleted ? {} : visibleRecord(record.data)
  const changed = new Set(changedFields(before, after))
  const fields = collection.fields.filter((field) =>
    arrives ? !isOneOf(row.values[field] ?? [undefined], after[field]) : changed.has(field),
  )
  if (fields.length === 0 && isHere) return undefined
  const values = Object.fromEntries(fields.map((field) => [field, after[field]]))
  return { ...address, kind: 'update', values, scope: isHere ? undefined : scope }
}

/**
 * The record with what the database made of it: defaults, `@updatedAt`, a decimal's scale.
 * @throws ConstraintError where the row is another scope's by what was written
 */
export const asWritten = (
  collection: MirroredCollection,
  scope: string,
  next: ServerRow,
  row: AppRow,
): ServerRow => {
  if (scopeOf(collection, row) !== scope) throw new ConstraintError('scope', [])
  const data: Record<string, Portable> = { ...next.data }
  const made: string[] = []
  for (const field of collection.fields) {
    const forms = row.values[field] ?? [undefined]
    if (Object.hasOwn(collection.definition.fieldTypes, field) || isOneOf(forms, next.data[field])) continue
    const fitted = collection.fit(field, forms)
    if (fitted === undefined) continue
    made.push(field)
    if (fitted.value === undefined) delete data[field]
    else data[field] = fitted.value
  }
  return made.length === 0 ? next : { ...next, data, fieldVersions: stamped(next, made) }
}

/** By whoever made the version: nobody else's change is overlapped by what the database adds to it. */
const stamped = (row: ServerRow, fields: readonly string[]): ServerRow['fieldVersions'] => {
  const { version, seq, updatedBy: userId, updatedAt } = row
  const own = Object.values(row.fieldVersions).find((field) => field.seq === seq)
  const clientId = own?.clientId ?? serverAuthor
  const timestamp = own?.timestamp ?? updatedAt
  const versions: Record<string, FieldVersion> = { ...row.fieldVersions }
  for (const field of fields) {
    if (versions[field]?.seq === seq) continue
    versions[field] = nextFieldVersion(versions[field], { version, clientId, userId, timestamp, seq })
  }
  return versions
}
