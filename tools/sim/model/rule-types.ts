import type { Kinds } from './typed.ts'
import type { Data, Value } from './values.ts'

/**
 * What a disputed field does: a person is asked, the later write wins, the server's value stays, the newcomer's takes
 * its place, the newcomer is refused, or both meet in the middle.
 */
export type FieldRule = 'ask' | 'later' | 'server' | 'newcomer' | 'refuse' | 'middle'

/** The rules of one collection, as plain as they can be told. */
export interface Rules {
  /** The strategy, in the report. */
  readonly strategy: string
  readonly disputes: 'fields' | 'record'
  readonly deletes: 'editWins' | 'deleteWins' | 'ask'
  readonly ruleOf: (field: string) => FieldRule
  readonly named: Readonly<Record<string, Named>>
  /** Fields without which a record is none. */
  readonly required: readonly string[]
  /** Values of fields that are left out. */
  readonly defaults: Data
  /** Fields with a type of their own: nobody disputes about them. */
  readonly kinds?: Kinds
  /** Lists of fields by which a device finds records. */
  readonly indexes?: readonly (readonly string[])[]
  /** Fields that hold the id of a record of another collection. */
  readonly references?: Readonly<Record<string, string>>
  /** Whether the server takes such a record at all. */
  readonly fits: (record: Data) => boolean
  /** Named operations that the server's own code decides. */
  readonly halves?: Readonly<Record<string, Half>>
  /** Whether the app forbids what an operation makes of a record. */
  readonly forbids?: (before: Data | undefined, after: Data | undefined, type: string) => boolean
  /** What a plugin says of what an operation makes of a record that the app lets pass: a code, where it refuses. */
  readonly vetoes?: (before: Data | undefined, after: Data | undefined, type: string) => string | undefined
  /** The collection of the leases without which nobody writes. */
  readonly leases?: string
}

export interface Named {
  readonly run: (record: Data, input: Data) => Data
  readonly reads: readonly string[]
  /** All that it may change. */
  readonly changes: readonly string[]
}

/** What the server's code makes of a record, and of others of its collection by their ids. */
export type HalfResult =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'refused'; readonly code: string; readonly holder: string | undefined }
  | { readonly kind: 'made'; readonly record: Data; readonly further: Readonly<Record<string, Data>> }

/** Who asks the server's code, when by its clock, and where it finds other records of the collection. */
export interface HalfCall {
  readonly find: (id: string) => Data | undefined
  readonly user: string
  readonly clientId: string
  readonly now: number
  /** The operation. */
  readonly id: string
}

export type Half = (record: Data, input: Data, call: HalfCall) => HalfResult

export const add = (left: Value | undefined, right: Value | undefined): number => Number(left) + Number(right)

/** What holds where the rules of a collection say nothing else. */
export const usual = {
  disputes: 'fields',
  deletes: 'editWins',
  defaults: {},
  named: {},
  fits: (): boolean => true,
} as const satisfies Partial<Rules>

export const laterWins = {
  ...usual,
  strategy: 'lastWriteWins',
  ruleOf: () => 'later',
} as const satisfies Partial<Rules>

export const serverWins = {
  ...usual,
  strategy: 'serverWins',
  ruleOf: () => 'server',
} as const satisfies Partial<Rules>
