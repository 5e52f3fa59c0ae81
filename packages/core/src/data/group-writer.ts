import { SyncError, hasCode } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import { enqueue, type EnqueueContext } from '../oplog/enqueue.ts'
import { conflictKey, logKey, type RecordAddress } from '../oplog/keys.ts'
import { placeWrite, type Unplaced } from '../oplog/locate-record.ts'
import { recordReads } from '../oplog/records.ts'
import { foldRecords } from '../oplog/staging/fold.ts'
import type { Store } from '../storage/store.ts'

/** What a write resolves to, once it is durable. */
export interface WriteReceipt {
  readonly recordId: string
  readonly operationId: string
}

/** Stores writes: those that wait together share one commit, and each learns its own outcome. */
export interface GroupWriter {
  readonly write: (write: Unplaced) => Promise<Operation>
}

interface Waiting {
  readonly write: Unplaced
  readonly resolve: (operation: Operation) => void
  readonly reject: (error: unknown) => void
}

export interface GroupWriterContext extends EnqueueContext {
  readonly schema: Schema
  /** The scopes of the client, as they are now. */
  readonly scopes: () => readonly string[]
}

const largestGroup = 500

export const createGroupWriter = (store: Store, context: GroupWriterContext): GroupWriter => {
  let waiting: Waiting[] = []
  let running = false

  const drain = async (): Promise<void> => {
    running = true
    // Writes of the same turn join the group.
    await Promise.resolve()
    while (waiting.length > 0) {
      const group = waiting.slice(0, largestGroup)
      waiting = waiting.slice(largestGroup)
      await storeGroup(store, context, group)
    }
    running = false
  }

  return {
    write: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject })
        if (!running) void drain()
      }),
  }
}

const storeGroup = async (
  store: Store,
  context: GroupWriterContext,
  group: readonly Waiting[],
): Promise<void> => {
  try {
    const outcomes = await store.update(async (workspace) => {
      const scopes = context.scopes()
      const places = group.flatMap(({ write }) => placesOf(write, scopes))
      const keys = new Set(places.flatMap((place) => [logKey(place.scope), conflictKey(place)]))
      await workspace.read([...[...keys].map((key) => ({ get: key })), ...recordReads(places)])
      await foldRecords(workspace, context.schema, places)
      return group.map(({ write }): Operation | { readonly refused: unknown } => {
        try {
          return enqueue(workspace, placeWrite(workspace, write, scopes), context)
        } catch (error) {
          return { refused: error }
        }
      })
    })
    outcomes.forEach((outcome, index) => {
      const writer = group[index]
      if ('refused' in outcome) writer?.reject(outcome.refused)
      else writer?.resolve(outcome)
    })
  } catch (error) {
    // One write may be too much for what is left: alone, each finds out whether it is to blame.
    if (group.length > 1 && (hasCode(error, 'STORAGE_FULL') || hasCode(error, 'INVALID'))) {
      for (const one of group) await storeGroup(store, context, [one])
      return
    }
    const failure = error instanceof SyncError ? error : storageFailed(error)
    for (const { reject } of group) reject(failure)
  }
}

/** Wherever the write may turn out to belong. */
const placesOf = (write: Unplaced, scopes: readonly string[]): readonly RecordAddress[] =>
  scopesOf(write, scopes).map((scope) => ({ ...write, scope }))

const scopesOf = ({ scope }: Unplaced, scopes: readonly string[]): readonly string[] =>
  scope === undefined || scopes.includes(scope) ? scopes : [scope, ...scopes]

const storageFailed = (error: unknown): SyncError =>
  new SyncError(
    'STORAGE_FAILED',
    'The write could not be stored; nothing was changed. Try again.',
    {},
    { cause: error },
  )
