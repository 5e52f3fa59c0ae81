import { map, type Observable } from 'rxjs'
import type { z } from 'zod'
import { encodePortable } from '../base/codec.ts'
import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import type { Lane } from '../base/lane.ts'
import type { GroupWriter, WriteReceipt } from '../data/group-writer.ts'
import { checkCountQuery, checkQuery, queryFields } from '../data/query/check.ts'
import type { CountQuery, Query } from '../data/query/query.ts'
import type { Reader } from '../data/reader.ts'
import type { AnyCollection, CollectionDefinition } from '../model/schema.ts'
import { namedOperation, validateInput, validatePatch, validateRecord } from '../model/validate.ts'
import { emptyPayload } from '../oplog/enqueue.ts'
import type { HookRunner } from '../plugin/kernel.ts'
import { maxPayload } from '../protocol/parts.ts'

/** A record of a collection, as the app reads it. */
export type RecordOf<TDefinition extends AnyCollection> = z.output<TDefinition['fields']>

/** What `create` takes: the id is made when it is left out, defaults are filled in. */
export type CreateInput<TDefinition extends AnyCollection> = Omit<z.input<TDefinition['fields']>, 'id'> & {
  readonly id?: string
}

export type UpdateInput<TDefinition extends AnyCollection> = Partial<
  Omit<z.input<TDefinition['fields']>, 'id'>
>

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
 * they reject with SyncError INVALID, NOT_FOUND, QUEUE_FULL or a storage code, and then nothing was changed.
 */
export interface CollectionClient<TDefinition extends AnyCollection> {
  readonly create: (record: CreateInput<TDefinition>) => Promise<WriteReceipt>
  readonly update: (id: string, patch: UpdateInput<TDefinition>) => Promise<WriteReceipt>
  readonly delete: (id: string) => Promise<WriteReceipt>
  readonly run: RunOf<TDefinition>
  readonly get: (id: string) => Promise<RecordOf<TDefinition> | undefined>
  readonly find: (query?: Query<RecordOf<TDefinition>>) => Promise<readonly RecordOf<TDefinition>[]>
  readonly count: (query?: CountQuery<RecordOf<TDefinition>>) => Promise<number>
  readonly get$: (id: string) => Observable<RecordOf<TDefinition> | undefined>
  readonly find$: (query?: Query<RecordOf<TDefinition>>) => Observable<readonly RecordOf<TDefinition>[]>
  readonly count$: (query?: CountQuery<RecordOf<TDefinition>>) => Observable<number>
}

export interface CollectionDeps {
  readonly name: string
  readonly definition: AnyCollection
  readonly scope: string
  readonly reader: Reader
  readonly writer: GroupWriter
  readonly hooks: HookRunner
  /** Hooks may take their time: the order of the writes stays. */
  readonly inOrder: Lane
  readonly environment: Environment
  /** Called after each durable write. */
  readonly onWritten: () => void
}

const idRule = /^[A-Za-z0-9_-]{1,64}$/

const checkId = (id: unknown): string => {
  if (typeof id === 'string' && idRule.test(id)) return id
  const reason = 'an id is 1 to 64 letters, digits, _ or -'
  throw new SyncError('INVALID', `id: ${reason}.`, { path: 'id', reason })
}

const returnedNothing = (): SyncError => {
  const reason = 'it must return the draft'
  return new SyncError('PLUGIN_FAILED', `A plugin failed in beforeEnqueue: ${reason}.`, {
    plugin: 'unknown',
    hook: 'beforeEnqueue',
    reason,
  })
}

const encodePayload = (value: unknown): string => {
  const payload = encodePortable(value)
  if (payload.length <= maxPayload) return payload
  throw new SyncError(
    'TOO_LARGE',
    `The change has ${payload.length} characters; the most is ${maxPayload}.`,
    {
      what: 'payload',
      limit: maxPayload,
      actual: payload.length,
    },
  )
}

export const createCollectionClient = <TDefinition extends AnyCollection>(
  deps: CollectionDeps & { readonly definition: TDefinition },
): CollectionClient<TDefinition> => {
  const { name, scope, reader, writer, hooks, inOrder, environment } = deps
  const definition: AnyCollection = deps.definition
  const fields = queryFields(definition)

  const prepare = async (type: string, recordId: string, value: unknown): Promise<string> => {
    const draft = { scope, collection: name, recordId, type, payload: value }
    const hooked: Partial<typeof draft> | undefined | null = await hooks.waterfall('beforeEnqueue', draft)
    if (hooked === undefined || hooked === null) throw returnedNothing()
    const { payload } = hooked
    return encodeFor(definition, { type, recordId, value: payload })
  }

  const store = async (type: string, recordId: string, payload: string): Promise<WriteReceipt> => {
    const receipt = await writer.write({ scope, collection: name, recordId, definition, type, payload })
    deps.onWritten()
    return receipt
  }

  const write = async (type: string, id: string, value: unknown): Promise<WriteReceipt> => {
    const recordId = checkId(id)
    if (!hooks.has('beforeEnqueue'))
      return store(type, recordId, encodeFor(definition, { type, recordId, value }))
    const stored = await inOrder(async () => {
      const payload = await prepare(type, recordId, value)
      // Not awaited here: writes that wait for one commit share it.
      return { receipt: store(type, recordId, payload) }
    })
    return stored.receipt
  }

  const run = Object.fromEntries(
    Object.keys(definition.operations).map((type) => [
      type,
      (id: string, input: unknown) => write(type, id, input),
    ]),
  )

  const records$ = (query: unknown) => reader.find$(checkQuery(fields, query))

  return {
    create: async (record) => {
      const id = record.id ?? environment.newId()
      return write('create', id, { ...record, id })
    },
    update: (id, patch) => write('update', id, patch),
    delete: (id) => write('delete', id, null),
    run: run as RunOf<TDefinition>,
    get: async (id) => (await reader.get(checkId(id))) as RecordOf<TDefinition> | undefined,
    find: async (query = {}) =>
      (await reader.find(checkQuery(fields, query))) as readonly RecordOf<TDefinition>[],
    count: async (query = {}) => reader.count(checkCountQuery(fields, query)),
    get$: (id) => reader.get$(checkId(id)).pipe(map((record) => record as RecordOf<TDefinition> | undefined)),
    find$: (query = {}) =>
      records$(query).pipe(map((records) => records as readonly RecordOf<TDefinition>[])),
    count$: (query = {}) => reader.count$(checkCountQuery(fields, query)),
  }
}

const encodeFor = (
  definition: AnyCollection,
  { type, recordId, value }: { readonly type: string; readonly recordId: string; readonly value: unknown },
): string => {
  switch (type) {
    case 'create':
      return encodePayload({ ...validateRecord(definition, value), id: recordId })
    case 'update':
      return encodePayload(validatePatch(definition, value))
    case 'delete':
      return emptyPayload
    default: {
      const named = namedOperation(definition, type)
      if (named === undefined) {
        throw new SyncError('INVALID', `The schema has no operation "${type}".`, {
          path: type,
          reason: 'unknown',
        })
      }
      validateInput(named, value)
      return encodePayload(value)
    }
  }
}
