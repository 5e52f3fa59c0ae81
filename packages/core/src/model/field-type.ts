import type { Portable } from '../base/portable.ts'

/** A field as a record holds it: what the app sees, and what only its type knows. */
export interface FieldState {
  readonly value: Portable
  /** Kept beside the value and hidden from the app; undefined: nothing. */
  readonly hidden?: Portable | undefined
}

/** What the app asks of a field: a value, or a change that the type understands. */
export type Wanted =
  | { readonly kind: 'set'; readonly value: Portable }
  | { readonly kind: 'change'; readonly input: Portable }

/** The operation that is being made. */
export interface Maker {
  /** Unique; whatever has to be unique in a delta is derived from it. */
  readonly operationId: string
  /** The version of the record that its author sees, not counting the author's own undecided operations. */
  readonly baseVersion: number
}

/** The operation whose delta is applied. */
export interface Applying {
  readonly operationId: string
  /** Hybrid timestamp in milliseconds; on the server clamped to its clock. */
  readonly timestamp: number
  /** The version that the record gets by it. On a device that replays it, the one that it would get. */
  readonly version: number
  /**
   * True where a device replays an operation that is not decided yet. A delta that can't be placed there because the
   * record has gone too far is shown as well as can be, rather than refused: what the user wrote stays visible, and
   * what is made of the difference is judged anew.
   */
  readonly replaying: boolean
}

/**
 * A kind of field whose concurrent changes merge. All functions are pure and give the same answer on every device and
 * on the server. `fieldTypeConformance` holds a type to what is said here.
 */
export interface FieldType<TDelta extends Portable = Portable> {
  /** Names the type in messages and in `FieldChange`. */
  readonly name: string
  /** True where `apply` does not look at the timestamp: then a delta may travel with newer ones. Default: false. */
  readonly ignoresTime?: boolean
  /** A field that nobody wrote yet. */
  readonly empty: FieldState
  /**
   * What the author's wish comes to on the state that the author sees; undefined: nothing to do. What it returns is
   * frozen in the operation.
   * @throws SyncError INVALID when the type does not understand it
   */
  readonly prepare: (state: FieldState, wanted: Wanted, maker: Maker) => TDelta | undefined
  /**
   * The state after a delta, which may come from anywhere.
   * @throws SyncError INVALID (no delta of this type), MISSING_DEPENDENCY (what it builds on is not there, or is no
   * longer known): the server answers `rebase`, and its author's device remakes the difference
   */
  readonly apply: (state: FieldState, delta: Portable, applying: Applying) => FieldState
  /**
   * Of a type that drops values: the field as its author wanted it, where a part of the delta does not stand in what `apply`
   * makes of it on this state. Undefined: all of it stands. Never asked while replaying; must not throw. Default: nothing
   * is ever dropped.
   */
  readonly dropped?: (state: FieldState, delta: Portable, applying: Applying) => Portable | undefined
  /** One delta for two that follow each other, by one author; undefined where they can't be one. */
  // Method syntax on purpose: types with narrower deltas are field types too.
  compose(first: TDelta, second: TDelta): TDelta | undefined
  /** The delta that leads from one state to a later one; undefined: they are the same. */
  readonly difference: (before: FieldState, after: FieldState, maker: Maker) => TDelta | undefined
}

const changeMark = Symbol.for('holdfast.fieldChange')

/** A change of a field by its type's own words, in place of a value: what `increment(1)` returns. */
export interface FieldChange<TName extends string = string> {
  readonly fieldType: TName
  readonly input: Portable
}

/** Makes a change for the field type `name`. `input` is what its `prepare` gets. */
export const fieldChange = <TName extends string>(name: TName, input: Portable): FieldChange<TName> =>
  Object.freeze({ [changeMark]: true, fieldType: name, input })

export const isFieldChange = (value: unknown): value is FieldChange =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, changeMark)

const typeMark = Symbol.for('holdfast.fieldType')

/** Carries a field type with a zod type; `TName` keeps changes of other types out of it. */
export interface TypedField<TName extends string = string> {
  readonly '~holdfast': { readonly name: TName }
}

/**
 * Gives the fields of a zod type a field type: `defineField(z.int(), counterType)`. The zod type says what its value
 * looks like; it is never wrapped (`optional`, `nullable`): a typed field always has a value.
 */
export const defineField = <TSchema extends object, TName extends string>(
  schema: TSchema,
  type: FieldType & { readonly name: TName },
): TSchema & TypedField<TName> =>
  Object.defineProperty(schema, typeMark, { value: type }) as TSchema & TypedField<TName>

/** The field type that a zod type carries. */
export const fieldTypeOf = (schema: object): FieldType | undefined =>
  (schema as { readonly [typeMark]?: FieldType })[typeMark]
