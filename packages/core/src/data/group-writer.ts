import { SyncError, hasCode } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import { enqueue, type EnqueueContext } from '../oplog/enqueue.ts'
import { conflictKey, logKey, type RecordAddress } from '../oplog/keys.ts'
import { placeWrite, type Unplaced } from '../oplog/locate-record.ts'
import { recordReads } from '../oplog/records.ts'
import { foldRecords } from '../oplog/staging/fold.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'

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

/** Tries to make room in full queues, for a write to each of these records. False: there is none. Never rejects. */
export type MakeRoom = (wanted: readonly RecordAddress[]) => Promise<boolean>

export interface GroupWriterContext extends EnqueueContext {
  /** Asked once for a write that finds its queue full. */
  readonly makeRoom: MakeRoom
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

type Outcome =
  | { readonly kind: 'stored'; readonly operation: Operation }
  | { readonly kind: 'refused'; readonly error: unknown }
  /** There was no room where it was to go. */
  | { readonly kind: 'full'; readonly error: unknown; readonly address: RecordAddress }

const storeGroup = async (
  store: Store,
  context: GroupWriterContext,
  group: readonly Waiting[],
  hasRoomMade = false,
): Promise<void> => {
  try {
    const outcomes = await store.update(async (workspace) => {
      const scopes = context.scopes()
      const places = group.flatMap(({ write }) => placesOf(write, scopes))
      const keys = new Set(places.flatMap((place) => [logKey(place.scope), conflictKey(place)]))
      await workspace.read([...[...keys].map((key) => ({ get: key })), ...recordReads(places)])
      await foldRecords(workspace, context.schema, places)
      return group.map(({ write }) => tryOne(workspace, write, scopes, context))
    })
    const full: Waiting[] = []
    outcomes.forEach((outcome, index) => {
      const writer = group[index]
      if (writer === undefined) return
      if (outcome.kind === 'stored') writer.resolve(outcome.operation)
      else if (outcome.kind === 'full' && !hasRoomMade) full.push(writer)
      else writer.reject(outcome.error)
    })
    if (full.length === 0) return
    const wanted = outcomes.flatMap((outcome) => (outcome.kind === 'full' ? [outcome] : []))
    if (await context.makeRoom(wanted.map(({ address }) => address)))
      await storeGroup(store, context, full, true)
    else full.forEach(({ reject }, index) => reject(wanted[index]?.error))
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

const tryOne = (
  workspace: Workspace,
  write: Unplaced,
  scopes: readonly string[],
  context: GroupWriterContext,
): Outcome => {
  let address: RecordAddress | undefined
  try {
    const intent = placeWrite(workspace, write, scopes)
    address = intent
    return { kind: 'stored', operation: enqueue(workspace, intent, context) }
  } catch (error) {
    return address !== undefined && hasCode(error, 'QUEUE_FULL')
      ? { kind: 'full', error, address }
      : { kind: 'refused', error }
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
