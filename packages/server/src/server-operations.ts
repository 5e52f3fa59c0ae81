import { SyncError, type RecordOf, type Schema, type UpdateInput } from '@holdfast/core'
import type { AnyCollection, RecordData } from '@holdfast/core/protocol'
import type { z } from 'zod'

type Collections = Readonly<Record<string, AnyCollection>>

/**
 * The records of a scope, as the operations and the calls before left them. What is changed here goes through the same
 * rows and the same feed as any other change. Of an operation's server half: `authorize` is asked about each.
 */
export interface ServerRecords<TCollections extends Collections> {
  readonly get: <TName extends keyof TCollections & string>(
    collection: TName,
    id: string,
  ) => Promise<RecordOf<TCollections[TName]> | undefined>
  /**
   * Changes these fields of a record; of a field with a type of its own also by a change, such as `increment(1)`. Not for
   * the operation's own record.
   * @throws SyncError NOT_FOUND, INVALID, TOO_LARGE, MOVED
   */
  readonly update: <TName extends keyof TCollections & string>(
    collection: TName,
    id: string,
    patch: UpdateInput<TCollections[TName]>,
  ) => Promise<void>
  /**
   * The whole record, new or in place of the one that is there. Not for the operation's own record.
   * @throws SyncError INVALID, TOO_LARGE, MOVED
   */
  readonly put: <TName extends keyof TCollections & string>(
    collection: TName,
    id: string,
    record: RecordOf<TCollections[TName]>,
  ) => Promise<void>
  /** Without effect where there is none. */
  readonly delete: (collection: keyof TCollections & string, id: string) => Promise<void>
}

export interface ServerCall<TRecord, TInput, TCollections extends Collections, TContext, TDatabase> {
  /** The push's own transaction. What is written through it is undone where the operation is not applied. */
  readonly tx: TDatabase
  readonly ctx: TContext
  readonly scope: string
  /** Who asks, as the server knows them. */
  readonly user: string
  /** The device that asks, by the id under which it sends. */
  readonly clientId: string
  /** The same each time that this operation is tried. */
  readonly operationId: string
  /** The server's time, in milliseconds since 1970. */
  readonly now: number
  /** The newest row, with earlier operations of the same batch. A copy. */
  readonly record: TRecord
  readonly input: TInput
  readonly records: ServerRecords<TCollections>
}

/**
 * The half of a named operation that runs on the server, in the transaction of the push, in place of `apply`. What it
 * returns is the record's new row. A thrown `SyncError('REFUSED', message, { reason })` refuses; any other SyncError
 * counts as in `authorize`; after whatever else the operation is tried again later.
 */
export type ServerOperation<TRecord, TInput, TCollections extends Collections, TContext, TDatabase> = (
  call: ServerCall<TRecord, TInput, TCollections, TContext, TDatabase>,
) => TRecord | Promise<TRecord>

/** Server halves by collection and operation, for as many of the schema's named operations as need one. */
export type ServerOperations<TCollections extends Collections, TContext, TDatabase> = {
  readonly [TName in keyof TCollections]?: {
    readonly [TOperation in keyof TCollections[TName]['operations']]?: ServerOperation<
      RecordOf<TCollections[TName]>,
      z.output<TCollections[TName]['operations'][TOperation]['input']>,
      TCollections,
      TContext,
      TDatabase
    >
  }
}

/** One of them, whose types are not known here. */
export type AnyServerOperation<TContext, TDatabase> = (
  call: ServerCall<RecordData, unknown, Collections, TContext, TDatabase>,
) => unknown

export const halfKey = (collection: string, operation: string): string => `${collection}/${operation}`

/**
 * By `halfKey`, of the app and of plugins.
 * @throws SyncError MISCONFIGURED for what the schema does not have, what is no function, or what two of them give
 */
export const resolveServerOperations = <TContext, TDatabase>(
  { collections }: Schema,
  given: readonly object[],
): ReadonlyMap<string, AnyServerOperation<TContext, TDatabase>> => {
  const halves = new Map<string, AnyServerOperation<TContext, TDatabase>>()
  for (const [collection, operations = {}] of given.flatMap(entriesOf)) {
    const definition = Object.hasOwn(collections, collection) ? collections[collection] : undefined
    if (definition === undefined) {
      throw misconfigured(collection, `The schema has no collection "${collection}"`)
    }
    for (const [name, half] of Object.entries(operations)) {
      if (half === undefined) continue
      const place = `${collection}.${name}`
      if (!Object.hasOwn(definition.operations, name))
        throw misconfigured(place, `The collection "${collection}" has no operation "${name}"`)
      if (typeof half !== 'function')
        throw misconfigured(place, `The server half of "${place}" is no function`)
      if (halves.has(halfKey(collection, name)))
        throw misconfigured(place, `"${place}" has two server halves`)
      halves.set(halfKey(collection, name), half as AnyServerOperation<TContext, TDatabase>)
    }
  }
  return halves
}

type ByName = Readonly<Record<string, unknown>>

const entriesOf = (operations: object): readonly [string, ByName | undefined][] =>
  Object.entries<ByName | undefined>({ ...operations })

const misconfigured = (place: string, what: string): SyncError =>
  new SyncError('MISCONFIGURED', `${what}: see serverOperations.`, { option: `serverOperations.${place}` })
