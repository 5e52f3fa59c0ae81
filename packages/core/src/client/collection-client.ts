import { map, type Observable } from 'rxjs'
import type * as z from 'zod/v4/core'
import { encodePortable } from '../base/codec.ts'
import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import type { Lane } from '../base/lane.ts'
import type { GroupWriter, WriteReceipt } from '../data/group-writer.ts'
import { checkCountQuery, checkQuery, queryFields } from '../data/query/check.ts'
import type { CountQuery, Query } from '../data/query/query.ts'
import type { Reader } from '../data/reader.ts'
import type { Operation } from '../model/operation.ts'
import { scopeOfNew } from '../model/record-scope.ts'
import type { AnyCollection, CollectionDefinition } from '../model/schema.ts'
import { decodeMove, encodeMove, moveType } from '../model/move-input.ts'
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
}

export interface CollectionDeps extends CollectionWritesDeps {
  readonly reader: Reader
}

/** The part of a collection that writes. */
export type CollectionWrites<TDefinition extends AnyCollection> = Pick<
  CollectionClient<TDefinition>,
  'create' | 'update' | 'delete' | 'move' | 'run'
>

/** Runs what the app asks for; a transaction also waits for it. */
export type Begin = <TResult>(run: () => Promise<TResult>) => Promise<TResult>

export interface CollectionWritesDeps {
  readonly name: string
  readonly definition: AnyCollection
  /** The joined scopes. */
  readonly scopes: () => readonly string[]
  /** The scope that a record is in, before anything is decided on it. */
  readonly locate: (collection: string, recordId: string) => Promise<string>
  readonly writer: GroupWriter
  readonly begin: Begin
  readonly hooks: HookRunner
  /** Hooks may take their time: the order of the writes stays. */
  readonly inOrder: Lane
  readonly environment: Environment
  /** Called after each durable write. */
  readonly onWritten: (operation: Operation) => void
}

const idRule = /^[A-Za-z0-9_-]{1,64}$/

/** @throws SyncError INVALID */
export const checkId = (id: unknown): string => {
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

/** @throws SyncError TOO_LARGE */
export const encodePayload = (value: unknown): string => {
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

export const createCollectionWrites = <TDefinition extends AnyCollection>(
  deps: CollectionWritesDeps & { readonly definition: TDefinition },
): CollectionWrites<TDefinition> => {
  const { name, scopes, writer, begin, hooks, inOrder, environment } = deps
  const definition: AnyCollection = deps.definition

  const checked = (type: string, recordId: string, value: unknown): Checked => {
    if (type !== 'create') return { scope: undefined, payload: encodeFor(definition, type, value) }
    const record = { ...validateRecord(definition, value), id: recordId }
    const scope = scopeOfNew({ collection: name, definition, record }, scopes())
    return { scope, payload: encodePayload(record) }
  }

  /** Of a create that does not fit before the hooks: the first. What is stored is placed after them. */
  const scopeOfDraft = async (type: string, recordId: string, value: unknown): Promise<string> => {
    const [first = '', ...others] = scopes()
    if (others.length === 0) return first
    if (type !== 'create') return deps.locate(name, recordId)
    try {
      return checked(type, recordId, value).scope ?? first
    } catch {
      return first
    }
  }

  const prepare = async (type: string, recordId: string, value: unknown): Promise<Checked> => {
    const scope = await scopeOfDraft(type, recordId, value)
    const draft = { scope, collection: name, recordId, type, payload: value }
    const hooked: Partial<typeof draft> | undefined | null = await hooks.waterfall('beforeEnqueue', draft)
    if (hooked === undefined || hooked === null) throw returnedNothing()
    return checked(type, recordId, hooked.payload)
  }

  const store = async (type: string, recordId: string, write: Checked): Promise<WriteReceipt> => {
    const operation = await writer.write({ ...write, collection: name, recordId, definition, type })
    deps.onWritten(operation)
    return { recordId, operationId: operation.id }
  }

  const write = async (type: string, id: string, value: unknown): Promise<WriteReceipt> => {
    const recordId = checkId(id)
    if (!hooks.has('beforeEnqueue')) return store(type, recordId, checked(type, recordId, value))
    const stored = await inOrder(async () => {
      const prepared = await prepare(type, recordId, value)
      // Not awaited here: writes that wait for one commit share it.
      return { receipt: store(type, recordId, prepared) }
    })
    return stored.receipt
  }

  const run = Object.fromEntries(
    Object.keys(definition.operations).map((type) => [
      type,
      (id: string, input: unknown) => begin(() => write(type, id, input)),
    ]),
  )

  return {
    create: (record) =>
      begin(async () => {
        const id = record.id ?? environment.newId()
        return write('create', id, { ...record, id })
      }),
    update: (id, patch) => begin(() => write('update', id, patch)),
    delete: (id) => begin(() => write('delete', id, null)),
    move: (id, scope, patch = {}) => begin(() => write(moveType, id, { to: scope, patch })),
    run: run as RunOf<TDefinition>,
  }
}

export const createCollectionClient = <TDefinition extends AnyCollection>(
  deps: CollectionDeps & { readonly definition: TDefinition },
): CollectionClient<TDefinition> => {
  const { definition, reader } = deps
  const fields = queryFields(definition)
  const records$ = (query: unknown) => reader.find$(checkQuery(fields, query))
  return {
    ...createCollectionWrites(deps),
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

interface Checked {
  /** Of a new record; undefined: where the record is. */
  readonly scope: string | undefined
  readonly payload: string
}

/**
 * The payload of a write that changes or removes an existing record, checked.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const encodeFor = (definition: AnyCollection, type: string, value: unknown): string => {
  switch (type) {
    case 'update':
      return encodePayload(validatePatch(definition, value))
    case 'delete':
      return emptyPayload
    case moveType: {
      const { to, patch } = decodeMove(encodePortable(value))
      const checked = Object.keys(patch).length === 0 ? {} : validatePatch(definition, patch)
      return encodeMove({ to, patch: checked })
    }
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
