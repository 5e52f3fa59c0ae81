import { ownMember } from '../base/objects.ts'
import { isPortableObject, type Portable } from '../base/portable.ts'
import type { RecordData } from './record.ts'

/** Values that have no fields of their own. */
type Single = undefined | null | boolean | number | string | bigint | Date | Uint8Array | readonly unknown[]

/** The levels below a field that types follow; at run time there is no such bound. */
type Levels = readonly [never, 0, 1, 2, 3]

/**
 * The name of a field, or a way to a field of a nested object: `address.city`. Lists have no fields; of a field whose
 * type is not known every way is one.
 */
export type FieldPath<TRecord, TLevels extends number = 3> = {
  readonly [TField in keyof TRecord & string]: TField | Below<TField, TRecord[TField], TLevels>
}[keyof TRecord & string]

type Below<TField extends string, TValue, TLevels extends number> = [TLevels] extends [never]
  ? never
  : unknown extends TValue
    ? `${TField}.${string}`
    : string extends TField
      ? never
      : [Exclude<TValue, Single>] extends [never]
        ? never
        : `${TField}.${FieldPath<Exclude<TValue, Single>, Levels[TLevels]>}`

/** The type of what a path leads to. Undefined where something on the way may be missing. */
export type ValueAt<TRecord, TPath> = TPath extends keyof TRecord
  ? TRecord[TPath]
  : TPath extends `${infer TField}.${infer TRest}`
    ? TField extends keyof TRecord
      ? unknown extends TRecord[TField]
        ? unknown
        : | ValueAt<Exclude<TRecord[TField], Single>, TRest>
          | ([Extract<TRecord[TField], Single>] extends [never] ? never : undefined)
      : never
    : never

/** Reads one place of a record. Absent counts as null. */
export type ReadField = (record: RecordData) => Portable

/** `path` is a field's name, or names of nested objects' fields with dots between. */
export const fieldReader = (path: string): ReadField => {
  const [field = '', ...rest] = path.split('.')
  return (record) => {
    let value = memberOf(record, field)
    for (const name of rest) value = isPortableObject(value) ? memberOf(value, name) : null
    return value
  }
}

const memberOf = (object: RecordData, name: string): Portable => ownMember(object, name) ?? null
