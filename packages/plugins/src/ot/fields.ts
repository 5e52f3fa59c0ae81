import { defineField, fieldChange, type FieldChange, type Portable, type TypedField } from '@holdfast/core'
import type { JSONOp } from 'ot-json1'
import type { TextOp } from 'ot-text-unicode'
import * as z from 'zod/mini'
import { json1 } from './json.ts'
import { createOtFieldType } from './ot-field-type.ts'
import { guardType, type OtField } from './ot-type.ts'
import { unicodeText } from './text.ts'

export interface OtOptions {
  /**
   * How many operations of each field are remembered with the record, to place others by. An operation that builds on
   * something older is made again by its author's device. Default: 200.
   */
  readonly keep?: number
}

const defaultKeep = 200

/**
 * A field whose concurrent operations are transformed, by any type of the `ottypes` interface with what `OtHelp` adds.
 * @param value the zod type of its documents
 */
export const ot = <TSchema extends object, TName extends string>(
  name: TName,
  type: OtField,
  value: TSchema,
  { keep = defaultKeep }: OtOptions = {},
): TSchema & TypedField<TName> => defineField(value, createOtFieldType(name, guardType(type), keep))

/** A plain text by `ot-text-unicode`. Setting it counts as the edit that leads there. Starts empty. */
export const otText = (options: OtOptions = {}): z.ZodMiniString<string> & TypedField<'otText'> =>
  ot('otText', unicodeText, z.string(), options)

/** A document of plain JSON by `ot-json1`. Setting it counts as the edit that leads there. Starts as null. */
export const otJson = <TSchema extends z.core.SomeType>(
  value: TSchema,
  options: OtOptions = {},
): z.ZodMiniNullable<TSchema> & TypedField<'otJson'> => ot('otJson', json1, z.nullable(value), options)

/** Edits an `otText`: `['hello']`, `[3, { d: 2 }, 'new']`; numbers skip code points. */
export const textEdit = (operation: TextOp): FieldChange<'otText'> =>
  fieldChange('otText', operation as Portable)

/** Edits an `otJson` by an operation of `ot-json1`. */
export const jsonEdit = (operation: JSONOp): FieldChange<'otJson'> =>
  fieldChange('otJson', operation as Portable)
