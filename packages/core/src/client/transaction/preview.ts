import { createLane } from '../../base/lane.ts'
import { SyncError } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import type { RecordData } from '../../model/record.ts'
import type { Schema } from '../../model/schema.ts'
import type { TransactionDraft } from '../../oplog/commit-transaction.ts'
import { enter, type EnqueueContext } from '../../oplog/enqueue.ts'
import type { Intent } from '../../oplog/intent.ts'
import { conflictKey, logKey, recordKey } from '../../oplog/keys.ts'
import { locateRecord, placeWrite, type RecordName, type Unplaced } from '../../oplog/locate-record.ts'
import { storedLogHead } from '../../oplog/log.ts'
import { recordIn, recordReads } from '../../oplog/records.ts'
import { foldRecords } from '../../oplog/staging/fold.ts'
import type { Store } from '../../storage/store.ts'
import { createWorkspace } from '../../storage/workspace.ts'
import type { Begin } from '../collection-writes.ts'

/** A transaction in the making: its writes as if they were stored, seen by nobody else. */
export interface Preview {
  readonly write: (write: Unplaced) => Promise<Operation>
  readonly get: (record: RecordName) => Promise<RecordData | undefined>
  /** The scope that a record is in, as this transaction leaves it. */
  readonly locate: (record: RecordName) => Promise<string>
  /**
   * Everything that the app asks of the transaction comes through here.
   * @throws SyncError INVALID once it has ended
   */
  readonly begin: Begin
  /**
   * Ends it: what was begun and not awaited comes to its end first.
   * @throws what the first refusal was, whether anybody awaited it or not: all or none
   */
  readonly end: () => Promise<TransactionDraft>
}

export interface PreviewContext extends EnqueueContext {
  readonly store: Store
  readonly schema: Schema
  readonly scopes: () => readonly string[]
}

export const openPreview = ({ store, schema, scopes, ...context }: PreviewContext): Preview => {
  const workspace = createWorkspace((requests) => store.read(requests))
  const inOrder = createLane()
  const intents: Intent[] = []
  const seen = new Map<string, number>()
  const folding = new Map<string, number | undefined>()
  const begun: Promise<unknown>[] = []
  let ended = false

  const look = async (keys: readonly string[]): Promise<void> => {
    await workspace.read(keys.map((key) => ({ get: key })))
  }

  /** The record, wherever it is: what is decided on it must still be so in the end. */
  const lookAt = async (record: RecordName): Promise<void> => {
    const places = scopes().map((scope) => ({ ...record, scope }))
    await look(places.flatMap((place) => [recordKey(place), logKey(place.scope)]))
    await foldRecords(workspace, schema, places)
    for (const place of places) {
      seen.set(recordKey(place), workspace.revision(recordKey(place)))
      folding.set(place.scope, storedLogHead(workspace, place.scope).folding)
    }
  }

  return {
    begin(run) {
      if (ended) return Promise.reject(tooLate())
      const running = run()
      begun.push(running)
      // A failure that nobody awaits is thrown by `end`.
      running.catch(() => undefined)
      return running
    },
    write: (write) =>
      inOrder(async () => {
        await lookAt(write)
        const intent = { ...placeWrite(workspace, write, scopes()), operationId: context.environment.newId() }
        await workspace.read(recordReads([intent]))
        await look([logKey(intent.scope), conflictKey(intent)])
        // Whether there is room is decided when all of it is stored.
        const operation = enter(workspace, intent, { waits: false }, { ...context, maxOps: Infinity })
        intents.push(intent)
        return operation
      }),
    get: (record) =>
      inOrder(async () => {
        await lookAt(record)
        return recordIn(workspace, { ...record, scope: locateRecord(workspace, record, scopes()) }).shown
      }),
    locate: (record) =>
      inOrder(async () => {
        await lookAt(record)
        return locateRecord(workspace, record, scopes())
      }),
    async end() {
      ended = true
      for (const running of begun) await running
      return { intents, seen, folding }
    },
  }
}

const tooLate = (): SyncError => {
  const reason = 'the transaction has ended'
  return new SyncError('INVALID', `This belongs to a transaction whose function has returned.`, { reason })
}
