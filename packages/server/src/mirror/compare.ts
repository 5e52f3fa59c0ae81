import type { Portable } from '@holdfast/core'
import {
  isMoved,
  portableEquals,
  visibleRecord,
  type RecordData,
  type ServerRow,
} from '@holdfast/core/protocol'
import type { AppRow, Forms } from '../store/app-rows.ts'
import type { MirroredCollection } from './fields.ts'

/** What a row of the app says that the record of a scope does not. */
export type Stray =
  | { readonly kind: 'same'; readonly unfit: readonly string[] }
  /** The record is to be this. */
  | { readonly kind: 'put'; readonly data: RecordData; readonly unfit: readonly string[] }
  /** The record is no longer of this scope: its row is gone, or elsewhere. */
  | { readonly kind: 'leave'; readonly moved: boolean }

export interface Compared {
  readonly scope: string
  /** The record as the scope has it. */
  readonly record: ServerRow | undefined
  /** The row of the app, of whatever scope. */
  readonly row: AppRow | undefined
  /** The record is from before its collection was mapped: it has no row yet. */
  readonly isRowless?: boolean | undefined
}

export const strayOf = (
  collection: MirroredCollection,
  { scope, record, row, isRowless }: Compared,
): Stray => {
  const living = record === undefined || record.deleted ? undefined : record
  const isHere = row !== undefined && scopeOf(collection, row) === scope
  if (!isHere) {
    return living === undefined || (row === undefined && isRowless === true)
      ? { kind: 'same', unfit: [] }
      : { kind: 'leave', moved: row !== undefined }
  }
  const { data, isSame, unfit } = recordOf(collection, living?.data, row)
  return living !== undefined && isSame ? { kind: 'same', unfit } : { kind: 'put', data, unfit }
}

export const scopeOf = (collection: MirroredCollection, row: AppRow): string | undefined => {
  if (collection.namesScope) return row.scope
  const { data } = recordOf(collection, undefined, row)
  return collection.definition.scope?.(data)
}

interface Read {
  readonly data: RecordData
  readonly isSame: boolean
  /** Fields whose column has what the schema does not allow: they stay as they are. */
  readonly unfit: readonly string[]
}

const recordOf = (collection: MirroredCollection, before: RecordData | undefined, row: AppRow): Read => {
  const seen = before === undefined ? { id: row.id } : visibleRecord(before)
  const data: Record<string, Portable> = { ...seen }
  const unfit: string[] = []
  let isSame = true
  for (const field of collection.fields) {
    const forms = row.values[field] ?? [undefined]
    if (isOneOf(forms, seen[field])) continue
    const fitted = collection.fit(field, forms)
    if (fitted === undefined) {
      unfit.push(field)
      continue
    }
    isSame = false
    if (fitted.value === undefined) delete data[field]
    else data[field] = fitted.value
  }
  return { data, isSame, unfit }
}

export const isOneOf = (forms: Forms, value: Portable | undefined): boolean =>
  forms.some((form) =>
    form === undefined || value === undefined ? form === value : portableEquals(form, value),
  )

/** Of what a moved record left behind: nothing revives it, but that the app itself puts it back. */
export const asLeft = (record: ServerRow | undefined): ServerRow | undefined => {
  if (record === undefined || !isMoved(record)) return record
  const { $moved: _, ...fieldVersions } = record.fieldVersions
  return { ...record, fieldVersions }
}
