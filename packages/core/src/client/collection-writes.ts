import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import type { Lane } from '../base/lane.ts'
import { isObject } from '../base/objects.ts'
import type { GroupWriter, WriteReceipt } from '../data/group-writer.ts'
import { moveType } from '../model/move-input.ts'
import type { Operation } from '../model/operation.ts'
import { scopeOfNew } from '../model/record-scope.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { HookRunner } from '../plugin/hook-runner.ts'
import type { CollectionWrites, RunOf } from './collection-types.ts'
import { checkId, encodeFor, encodeMarks, encodeRecord } from './encode-write.ts'

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

export const createCollectionWrites = <TDefinition extends AnyCollection>(
  deps: CollectionWritesDeps & { readonly definition: TDefinition },
): CollectionWrites<TDefinition> => {
  const { name, scopes, writer, begin, hooks, inOrder, environment } = deps
  const definition: AnyCollection = deps.definition

  const checked = (type: string, recordId: string, value: unknown): Checked => {
    if (type !== 'create') return { scope: undefined, payload: encodeFor(definition, type, value) }
    const { record, payload } = encodeRecord(definition, value, recordId)
    return { scope: scopeOfNew({ collection: name, definition, record }, scopes()), payload }
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
    const { payload, marks, drop } = await hooks.waterfall('beforeEnqueue', draft)
    return { ...checked(type, recordId, payload), marks: encodeMarks(marks), drop }
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
        if (!isObject(record))
          throw new SyncError('INVALID', 'The record must be an object.', { reason: 'no object' })
        const id = record.id ?? environment.newId()
        return write('create', id, { ...record, id })
      }),
    update: (id, patch) => begin(() => write('update', id, patch)),
    delete: (id) => begin(() => write('delete', id, null)),
    move: (id, scope, patch = {}) => begin(() => write(moveType, id, { to: scope, patch })),
    run: run as RunOf<TDefinition>,
  }
}

interface Checked {
  /** Of a new record; undefined: where the record is. */
  readonly scope: string | undefined
  readonly payload: string
  readonly marks?: string | undefined
  readonly drop?: true | undefined
}
