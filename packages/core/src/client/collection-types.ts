import type { Observable } from 'rxjs'
import type * as z from 'zod/v4/core'
import type { WriteReceipt } from '../data/group-writer.ts'
import type { CountQuery, Query } from '../data/query/query.ts'
import type { FieldChange, FieldState, TypedField } from '../model/field-type.ts'
import type { AnyCollection, CollectionDefinition } from '../model/schema.ts'

/** A record of a collection, as the app reads it. */
export type RecordOf<TDefinition extends AnyCollection> = z.output<TDefinition['fields']>

/** What `create` takes: the id is made when it is left out, defaults are filled in. */
export type CreateInput<TDefinition extends AnyCollection> = Omit<
  z.input<TDefinition['fields']>,
  'id' | TypedName<TDefinition>
> &
  TypedInput<TDefinition> & { readonly id?: string }

/** New values of fields; of a field with a type of its own also a change, such as `increment(1)`. */
export type UpdateInput<TDefinition extends AnyCollection> = Partial<
  Omit<z.input<TDefinition['fields']>, 'id' | TypedName<TDefinition>>
> &
  TypedInput<TDefinition>

type ShapeOf<TDefinition extends AnyCollection> = TDefinition['fields']['_zod']['def']['shape']

/** The fields that have a type of their own. */
type TypedName<TDefinition extends AnyCollection> = {
  [TName in keyof ShapeOf<TDefinition>]: ShapeOf<TDefinition>[TName] extends TypedField ? TName : never
}[keyof ShapeOf<TDefinition>]

type TypedInput<TDefinition extends AnyCollection> = {
  readonly [TName in TypedName<TDefinition>]?:
    | z.input<ShapeOf<TDefinition>[TName]>
    | (ShapeOf<TDefinition>[TName] extends TypedField<infer TType> ? FieldChange<TType> : never)
}

/** Named operations of a collection as functions of a record's id and the input. */
export type RunOf<TDefinition extends AnyCollection> =
  TDefinition extends CollectionDefinition<infer _TFields, infer TInputs>
    ? {
        readonly [TName in keyof TInputs]: (
          id: string,
          input: z.input<TInputs[TName]>,
        ) => Promise<WriteReceipt>
      }
    : Readonly<Record<string, (id: string, input: unknown) => Promise<WriteReceipt>>>

/**
 * One collection of a client. Writes resolve once they are durable on this device, and are shown at once;
 * they reject with SyncError INVALID, NOT_FOUND, SCOPE_NOT_JOINED, QUEUE_FULL or a storage code, and then nothing
 * was changed. Reads and writes find a record in whichever joined scope it is.
 */
export interface CollectionClient<TDefinition extends AnyCollection> {
  readonly create: (record: CreateInput<TDefinition>) => Promise<WriteReceipt>
  readonly update: (id: string, patch: UpdateInput<TDefinition>) => Promise<WriteReceipt>
  readonly delete: (id: string) => Promise<WriteReceipt>
  readonly run: RunOf<TDefinition>
  /**
   * Takes the record to another scope, where the server must let this user read and write; with changes of fields
   * on the way, where the collection's `scope` function needs them. Until that is synced the record is shown as it is
   * and can't be changed. Not in a transaction.
   */
  readonly move: (id: string, scope: string, patch?: UpdateInput<TDefinition>) => Promise<WriteReceipt>
  readonly get: (id: string) => Promise<RecordOf<TDefinition> | undefined>
  readonly find: (query?: Query<RecordOf<TDefinition>>) => Promise<readonly RecordOf<TDefinition>[]>
  readonly count: (query?: CountQuery<RecordOf<TDefinition>>) => Promise<number>
  readonly get$: (id: string) => Observable<RecordOf<TDefinition> | undefined>
  readonly find$: (query?: Query<RecordOf<TDefinition>>) => Observable<readonly RecordOf<TDefinition>[]>
  readonly count$: (query?: CountQuery<RecordOf<TDefinition>>) => Observable<number>
  /**
   * All that the type of a field keeps of it, as it is shown now: for what binds to that type, such as an editor.
   * undefined: no such record.
   * @throws SyncError INVALID (the field has no type of its own)
   */
  readonly fieldState: (id: string, field: string) => Promise<FieldState | undefined>
}

/** The part of a collection that writes. */
export type CollectionWrites<TDefinition extends AnyCollection> = Pick<
  CollectionClient<TDefinition>,
  'create' | 'update' | 'delete' | 'move' | 'run'
>
