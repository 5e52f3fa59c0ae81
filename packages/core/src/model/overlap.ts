import type { FieldAuthor, FieldVersion, RowVersions } from './record.ts'

/**
 * The newest version of a field that `clientId` did not make; 0 for none. A lone writer's own operations
 * never count, so it never meets itself, and a stranger's edit in between is always seen.
 */
const foreignVersion = (field: FieldVersion | undefined, clientId: string): number => {
  if (field === undefined) return 0
  return field.clientId === clientId ? field.otherVersion : field.version
}

type FieldHistory = Pick<RowVersions, 'fieldVersions'>

export interface Author {
  readonly clientId: string
  /** The version of the record that the author saw. */
  readonly baseVersion: number
  /**
   * Only up to this position of the feed is the history that the author saw the server's own; the rest was lost, and its
   * versions say nothing. Undefined: all of it.
   */
  readonly history?: number | undefined
}

/** True when somebody else changed the field after what the author saw. O(1), needs no history. */
export const isOverlapped = (row: FieldHistory, field: string, author: Author): boolean => {
  const newest = row.fieldVersions[field]
  const { clientId, baseVersion, history = Infinity } = author
  if (newest !== undefined && newest.clientId !== clientId && newest.seq > history) return true
  return foreignVersion(newest, clientId) > baseVersion
}

/** All fields that somebody else changed after what the author saw. */
export const unseenFields = (row: FieldHistory, author: Author): readonly string[] =>
  Object.keys(row.fieldVersions)
    .filter((field) => isOverlapped(row, field, author))
    .sort()

interface Stranger extends FieldAuthor {
  readonly version: number
}

/** Whose the newest version is that `clientId` did not make, where that is known. */
const strangerOf = (field: FieldVersion | undefined, clientId: string): Stranger | undefined => {
  if (field === undefined || field.clientId !== clientId) return field
  return field.other && { ...field.other, version: field.otherVersion }
}

/** Who else changed one of these fields last, and when; undefined where that is not known. */
export const lastStranger = (
  { fieldVersions }: FieldHistory,
  fields: readonly string[],
  clientId: string,
): FieldAuthor | undefined =>
  fields
    .flatMap((field) => strangerOf(fieldVersions[field], clientId) ?? [])
    .sort((left, right) => right.version - left.version)[0]

/** A change of a field, and nothing of what was before it. */
export type FieldStamp = Omit<FieldVersion, 'otherVersion' | 'other'>

/** What becomes of a field's version when `clientId` changes the field. Its timestamp never goes back. */
export const nextFieldVersion = (previous: FieldVersion | undefined, change: FieldStamp): FieldVersion => {
  const { userId, timestamp } = strangerOf(previous, change.clientId) ?? {}
  return {
    ...change,
    timestamp: Math.max(change.timestamp, previous?.timestamp ?? change.timestamp),
    otherVersion: foreignVersion(previous, change.clientId),
    ...(userId === undefined || timestamp === undefined ? {} : { other: { userId, timestamp } }),
  }
}
