import type { Portable } from '@holdfast/core'
import type { RecordAddress } from './record-key.ts'

/** A table of the app that a collection lives in (docs/decisions/0032-mapped-models.md). */
export interface AppTable {
  /** True for fields that are columns; the others are kept with the record alone. */
  readonly has: (field: string) => boolean
  /** True for fields that the app wants kept with the record alone. */
  readonly leavesOut: (field: string) => boolean
  /** Whether the table says which scope a row belongs to; else the collection's `scope` has to. */
  readonly namesScope: boolean
}

/**
 * A value of a column, in the forms that a field of a schema may want it in, the best one first: a decimal as text or number,
 * a date as date, text or milliseconds. NULL: `null`, or `undefined` for none.
 */
export type Forms = readonly (Portable | undefined)[]

/** A row of the app, by the names of the collection's fields. */
export interface AppRow extends RecordAddress {
  /** As the table says; undefined where it names none. */
  readonly scope: string | undefined
  readonly values: Readonly<Record<string, Forms>>
}

/** `undefined` in `values`: NULL. Fields that are left out get the column's default, or stay. */
export type AppWrite = RecordAddress &
  (
    | { readonly kind: 'insert'; readonly values: AppValues; readonly scope: string; readonly userId: string }
    | {
        readonly kind: 'update'
        readonly values: AppValues
        /** Where the row goes; undefined: it stays. */
        readonly scope: string | undefined
      }
    | { readonly kind: 'delete' }
  )

export type AppValues = Readonly<Record<string, Portable | undefined>>

export interface FoundRows {
  readonly rows: readonly AppRow[]
  /** Those that an open transaction of somebody else has, as they were before it: nobody waits for it. */
  readonly held: readonly AppRow[]
}

/** The app's tables in a transaction. */
export interface AppRows {
  /** The rows of these records, in whatever scope, locked until the commit; missing ones are left out. */
  readonly read: (keys: readonly RecordAddress[]) => Promise<FoundRows>
  /** Those of these records that have, or had, a row by this scope: what has none was never in the table. */
  readonly settled: (keys: readonly RecordAddress[]) => Promise<readonly RecordAddress[]>
  /**
   * In order. What it leaves in place of the rows that it inserts or updates comes back.
   * @throws ConstraintError
   */
  readonly write: (writes: readonly AppWrite[]) => Promise<readonly AppRow[]>
  /** Notes which records live in this scope, and that these writes are seen. */
  readonly settle: (settled: Settled) => Promise<void>
  /** Leaves a mark on each record, as whoever else writes its row does. */
  readonly touch: (keys: readonly RecordAddress[]) => Promise<void>
  /** Leaves marks on all records whose scope is said by a path that leads through the rows of these. */
  readonly touchBelow: (keys: readonly RecordAddress[]) => Promise<void>
}

export interface Settled {
  readonly living: readonly RecordAddress[]
  readonly gone: readonly RecordAddress[]
}

/** Marks of rows that somebody wrote past the sync API. */
export interface TouchedRows {
  /** At most `limit` marks, in no order. */
  readonly list: (limit: number) => Promise<readonly TouchedRecord[]>
  readonly remove: (marks: readonly TouchedMark[]) => Promise<void>
  /** Marks each row that no record is known of, and each record that no row is there of; or all. How many. */
  readonly markAll: (collection: string, which: 'unknown' | 'all') => Promise<number>
}

export interface TouchedMark extends RecordAddress {
  readonly mark: string
}

export interface TouchedRecord extends RecordAddress {
  readonly marks: readonly TouchedMark[]
  /** The scopes in which a record of this name lives. */
  readonly homes: readonly string[]
  readonly row: AppRow | undefined
}
