import type { Portable } from '../../base/portable.ts'
import type { FieldPath, ValueAt } from '../../model/field-path.ts'

/** Which records of a collection, in which order, and how many. */
export interface Query<TRecord> {
  readonly where?: Where<TRecord> | undefined
  readonly orderBy?: OrderBy<TRecord> | undefined
  /** At most so many records; 0 or more. */
  readonly limit?: number | undefined
  /** Leaves out so many records at the beginning; 0 or more. */
  readonly offset?: number | undefined
}

/** What is counted. */
export type CountQuery<TRecord> = Pick<Query<TRecord>, 'where'>

/**
 * Conditions by field, or by a path to a field of a nested object (`'address.city'`); all must hold. `and`: all of
 * these too. `or`: at least one of these too. A field that is absent counts as null.
 */
export type Where<TRecord> = {
  readonly [TPath in Exclude<FieldPath<TRecord>, Combinator>]?: Condition<Comparable<ValueAt<TRecord, TPath>>>
} & {
  readonly and?: readonly Where<TRecord>[]
  readonly or?: readonly Where<TRecord>[]
}

/**
 * Fields or paths with their directions; earlier ones weigh more. Ties are broken by id. Ascending: null and
 * absent first, then booleans, numbers, bigints, texts (by UTF-16 code units), dates, bytes, lists, objects.
 */
export type OrderBy<TRecord> = { readonly [TPath in FieldPath<TRecord>]?: Direction }

export type Direction = 'asc' | 'desc'

/** The value itself, or operators that must all hold. An object is compared by `{ eq: ... }`. */
export type Condition<TValue> = Direct<TValue> | Operators<TValue>

export type Operators<TValue> = {
  readonly eq?: TValue
  readonly in?: readonly TValue[]
} & RangeOperators<Extract<TValue, Ordered>> &
  TextOperators<Extract<TValue, string>> &
  ListOperators<Extract<TValue, readonly unknown[]>>

/** A range only holds for values of its bound's type; never for null. */
type RangeOperators<TValue> = [TValue] extends [never]
  ? unknown
  : { readonly gt?: TValue; readonly gte?: TValue; readonly lt?: TValue; readonly lte?: TValue }

type TextOperators<TValue> = [TValue] extends [never] ? unknown : { readonly startsWith?: string }

/** Holds for lists that have a member equal to this one. */
type ListOperators<TValue extends readonly unknown[]> = [TValue] extends [never]
  ? unknown
  : { readonly contains?: TValue[number] }

type Combinator = 'and' | 'or'

type Ordered = number | bigint | string | Date

type Direct<TValue> = Extract<
  TValue,
  null | boolean | number | bigint | string | Date | Uint8Array | readonly unknown[]
>

/** Optional fields can be compared with null; of unknown ones nothing is known but that they are portable. */
type Comparable<TValue> = unknown extends TValue
  ? Portable
  : Exclude<TValue, undefined> | (undefined extends TValue ? null : never)

/** A query whose record type is not known here. */
export interface AnyQuery {
  readonly where?: AnyWhere | undefined
  readonly orderBy?: { readonly [field: string]: Direction | undefined } | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

export type AnyWhere = { readonly [key: string]: unknown }
