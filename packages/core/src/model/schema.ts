import type * as z from 'zod/v4/core'
import { SyncError } from '../base/errors.ts'
import { ownMember } from '../base/objects.ts'
import type { FieldPath } from './field-path.ts'
import { fieldTypeOf } from './field-type.ts'
import { isZodObject, shapeOf } from './field-types.ts'
import { checkIndexes, type IndexFields } from './indexes.ts'
import { checkLifetime, type CollectionLifetime } from './lifetime.ts'
import type { ConflictStrategy } from './strategy.ts'
import { holdsWithin, isTransform } from './transforms.ts'
import { lastWriteWins } from './strategies/last-write-wins.ts'
import type { FieldTypes } from './typed-fields.ts'

/** An object of `zod` or of `zod/mini`, with a string `id`. */
export type RecordSchema = z.$ZodObject<{ id: z.$ZodType<string> } & z.$ZodShape>

/**
 * A named change of a record. `apply` is pure and deterministic: it runs on the device at once, and on the
 * server on the server's row. `reads`: fields that it depends on besides those that it changes.
 */
export interface OperationDefinition<TRecord, TInput extends z.$ZodType> {
  readonly input: TInput
  readonly apply: (record: TRecord, input: z.output<TInput>) => Readonly<Record<string, unknown>>
  readonly reads?: readonly string[]
  /**
   * One input that does what two do one after the other, on any record; undefined where there is none. Then a queue of
   * such operations can be folded.
   */
  compose?(first: z.input<TInput>, second: z.input<TInput>): z.input<TInput> | undefined
}

/** What to do when one side deletes a record and the other, not having seen it, edits it. */
export type DeletePolicy = 'editWins' | 'deleteWins' | 'ask'

export interface CollectionOptions<TFields extends RecordSchema, TInputs extends Record<string, z.$ZodType>> {
  readonly fields: TFields
  /** Default: `lastWriteWins()`. */
  readonly conflict?: ConflictStrategy
  /** Default: `ask` where the strategy judges whole records, else `editWins`. */
  readonly deletes?: DeletePolicy
  /**
   * Fields that hold the id of a record of another collection, in the same scope. Where that record's creation is
   * not applied, operations that refer to it are not either.
   */
  readonly references?: Readonly<Record<string, string>>
  readonly operations?: {
    readonly [TName in keyof TInputs]: OperationDefinition<z.output<TFields>, TInputs[TName]>
  }
  /**
   * Which scope a created record goes to, by its values: pure, and the same answer on every device. A change that
   * would give another answer is refused. Default: the client's only scope.
   */
  readonly scope?: (record: z.output<TFields>) => string
  /**
   * What queries find and sort by without reading the whole collection: a field, a field of a nested object
   * (`address.city`), or several, the one that weighs most first. Each costs an entry per record.
   */
  readonly indexes?: readonly IndexDeclaration<NoInfer<z.output<TFields>>>[]
  /** How long operations are worth sending, and records worth showing. Default: `Infinity`. */
  readonly lifetime?: CollectionLifetime
}

export type IndexDeclaration<TRecord> = FieldPath<TRecord> | readonly FieldPath<TRecord>[]

export interface CollectionDefinition<
  TFields extends RecordSchema = RecordSchema,
  TInputs extends Record<string, z.$ZodType> = Record<string, z.$ZodType>,
> {
  readonly fields: TFields
  /** Of the fields that are no plain values: their types. */
  readonly fieldTypes: FieldTypes
  readonly conflict: ConflictStrategy
  readonly deletes: DeletePolicy
  readonly references: Readonly<Record<string, string>>
  readonly operations: {
    readonly [TName in keyof TInputs]: OperationDefinition<z.output<TFields>, TInputs[TName]>
  }
  scope?(record: z.output<TFields>): string
  readonly indexes: readonly (readonly FieldPath<z.output<TFields>>[])[]
  readonly lifetime?: CollectionLifetime
}

/** A collection whose types are not known here: what the engine works with. */
export interface AnyCollection {
  readonly fields: z.$ZodObject
  readonly fieldTypes: FieldTypes
  readonly conflict: ConflictStrategy
  readonly deletes: DeletePolicy
  readonly references: Readonly<Record<string, string>>
  readonly operations: Readonly<Record<string, AnyOperation>>
  scope?(record: Readonly<Record<string, unknown>>): string
  readonly indexes: readonly IndexFields[]
  readonly lifetime?: CollectionLifetime
}

export interface AnyOperation {
  readonly input: z.$ZodType
  // Method syntax on purpose: definitions with a narrower record type are assignable here.
  apply(record: Readonly<Record<string, unknown>>, input: unknown): Readonly<Record<string, unknown>>
  readonly reads?: readonly string[]
  compose?(first: unknown, second: unknown): unknown
}

export interface Schema<
  TCollections extends Readonly<Record<string, AnyCollection>> = Readonly<Record<string, AnyCollection>>,
> {
  /** Semver of the data's shape; travels with each operation as `opVersion`. */
  readonly version: string
  readonly collections: TCollections
}

/**
 * Defines a named operation. Written in place in a collection as a plain object, `apply` knows the record's
 * type; through this function annotate it: `apply: (todo: Todo, input) => ...`.
 */
export const operation = <
  TRecord extends object = Record<string, unknown>,
  TInput extends z.$ZodType = z.$ZodType,
>(
  definition: OperationDefinition<TRecord, TInput>,
): OperationDefinition<TRecord, TInput> => definition

/** Defines a collection: its fields, how conflicts are settled, its named operations, its indexes. */
export const collection = <
  TFields extends RecordSchema,
  TInputs extends Record<string, z.$ZodType> = Record<never, never>,
>(
  options: CollectionOptions<TFields, TInputs>,
  // NoInfer: else a collection without operations, written in place, would seem to have every operation.
): CollectionDefinition<TFields, NoInfer<TInputs>> => {
  const conflict = options.conflict ?? lastWriteWins()
  return {
    fields: options.fields,
    fieldTypes: fieldTypesOf(options.fields),
    conflict,
    deletes: options.deletes ?? (conflict.detect === 'record' ? 'ask' : 'editWins'),
    references: options.references ?? {},
    operations: options.operations ?? ({} as NonNullable<typeof options.operations>),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    indexes: (options.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : index)),
    ...(options.lifetime === undefined ? {} : { lifetime: options.lifetime }),
  }
}

/** What is no object of zod has none; `defineSchema` refuses it. */
const fieldTypesOf = (fields: z.$ZodObject): FieldTypes => {
  if (!isZodObject(fields)) return {}
  const typed = Object.entries(shapeOf(fields)).flatMap(([field, schema]) => {
    const type = fieldTypeOf(schema)
    return type === undefined ? [] : [[field, type] as const]
  })
  return Object.fromEntries(typed)
}

const nameRule = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const isReserved = (name: string): boolean => name === 'prototype' || name in Object.prototype
const builtInTypes: ReadonlySet<string> = new Set(['create', 'update', 'delete', 'put', 'move'])
const semver = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/

const refuse = (option: string, message: string): never => {
  throw new SyncError('MISCONFIGURED', message, { option })
}

const misnamed = (what: string, name: string, rule: string): never =>
  refuse('schema', `The ${what} name "${name}" ${rule}.`)

const checkName = (what: string, name: string): void => {
  if (!nameRule.test(name))
    misnamed(what, name, 'must be a letter followed by at most 63 letters, digits or _')
  if (isReserved(name)) misnamed(what, name, 'is reserved by JavaScript')
}

/**
 * Checks a schema and gives it to client and server alike.
 * @throws SyncError MISCONFIGURED naming what is wrong
 */
export const defineSchema = <const TCollections extends Readonly<Record<string, AnyCollection>>>(
  schema: Schema<TCollections>,
): Schema<TCollections> => {
  if (!semver.test(schema.version)) {
    refuse('schema.version', `The schema version "${schema.version}" must look like 1.2.0.`)
  }
  for (const [name, definition] of Object.entries(schema.collections)) {
    const option = `schema.collections.${name}`
    checkName('collection', name)
    if (!isZodObject(definition.fields)) {
      const message = `The fields of the collection "${name}" must be an object of zod 4: z.object({ ... }) of zod or zod/mini.`
      refuse(`${option}.fields`, message)
    }
    if (!Object.hasOwn(shapeOf(definition.fields), 'id')) {
      refuse(`${option}.fields`, `The collection "${name}" needs a field id: z.string().`)
    }
    for (const [field, type] of Object.entries(shapeOf(definition.fields))) {
      checkName('field', field)
      const unfit = (why: string): never =>
        refuse(`${option}.fields`, `The field "${field}" of "${name}" ${why}.`)
      if (holdsWithin(type, isTransform))
        unfit('transforms its value, and would again at each change. Store what the transform gives')
      if (fieldTypeOf(type) === undefined && holdsWithin(type, (part) => fieldTypeOf(part) !== undefined))
        unfit(
          'wraps a type that merges by itself, such as counter(), which would not merge: make that a field of its own',
        )
    }
    for (const [field, target] of Object.entries(definition.references)) {
      if (Object.hasOwn(shapeOf(definition.fields), field) && Object.hasOwn(schema.collections, target))
        continue
      const message = `The reference from "${field}" of "${name}" to "${target}" names no such field or collection.`
      refuse(`${option}.references`, message)
    }
    for (const type of Object.keys(definition.operations)) {
      checkName('operation', type)
      if (builtInTypes.has(type))
        misnamed('operation', type, 'is the name of a built-in operation; choose another')
    }
    checkIndexes(name, definition.fields, definition.indexes)
    checkLifetime(name, definition, new Set([...builtInTypes, ...Object.keys(definition.operations)]))
  }
  return schema
}

/** @throws SyncError INVALID when the schema has no such collection */
export const collectionOf = (schema: Schema, name: string): AnyCollection => {
  const definition = ownMember(schema.collections, name)
  if (definition === undefined) {
    throw new SyncError('INVALID', `The schema has no collection "${name}".`, {
      path: name,
      reason: 'unknown collection',
    })
  }
  return definition
}
