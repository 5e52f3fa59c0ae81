import type { Portable } from '../base/portable.ts'

/** A record's fields by name, `id` among them. */
export type RecordData = { readonly [field: string]: Portable }

/** Some fields with their new values. */
export type Patch = { readonly [field: string]: Portable }

/** Stands among field names for "is deleted". User fields can't start with `$`. */
export const deletedField = '$deleted'

/** Stands among field names for "went to another scope": a deleted record that has it never revives. */
export const movedField = '$moved'

/**
 * Stands for a client where a server half changed a record that its operation does not name: nobody has seen such a
 * change, its author's device least of all. Clients make UUIDs.
 */
export const serverAuthor = '$server'

/** Who changed a field, and when by the operation's clock. */
export interface FieldAuthor {
  readonly userId: string
  readonly timestamp: number
}

/** Who changed a field last, for the overlap rule (see `overlap.ts`). */
export interface FieldVersion {
  /** The record's version when the field last changed. */
  readonly version: number
  readonly clientId: string
  readonly userId: string
  /** The newest version of this field that was made by anyone but `clientId`; 0 for none. */
  readonly otherVersion: number
  /** Who made that one, and when. Absent: nobody, or an earlier version of this code did not keep it. */
  readonly other?: FieldAuthor | undefined
  /** The hybrid timestamp of the operation, clamped by the server. */
  readonly timestamp: number
  /** The feed position of the change. */
  readonly seq: number
}

/** A record as the server keeps it. */
export interface ServerRow {
  readonly collection: string
  readonly id: string
  /** Counts applied operations; never restarts. */
  readonly version: number
  readonly seq: number
  /** The feed position at which the record was created, last revived, or first written after a migration. */
  readonly bornSeq: number
  readonly deleted: boolean
  /** Also of a deleted record: its last value. */
  readonly data: RecordData
  readonly fieldVersions: Readonly<Record<string, FieldVersion>>
  readonly updatedAt: number
  readonly updatedBy: string
  /** The schema version of the data, where the store keeps one. */
  readonly schemaVersion?: string | undefined
  /** It is of that version by a migration, and not stored so. */
  readonly isRaised?: true | undefined
}

/** What of it was changed, when and by whom; and nothing of what is in it. */
export type RowVersions = Pick<
  ServerRow,
  'collection' | 'id' | 'version' | 'deleted' | 'fieldVersions' | 'schemaVersion'
>

/** A record of the server as a device knows it at the head that it shows. */
export interface BaseRow {
  readonly version: number
  readonly seq: number
  readonly deleted: boolean
  /** It is deleted here because it went to another scope. */
  readonly moved?: true | undefined
  readonly data: RecordData
  /** Of which version `data` is: a deletion brings none. Undefined: of this one. */
  readonly dataVersion?: number | undefined
  /** The schema version of the data, where that is newer than the device's. */
  readonly schemaVersion?: string | undefined
  readonly updatedAt: number
  readonly updatedBy: string
}
