import { createLane } from '../../base/lane.ts'
import { SyncError } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import type { RecordData } from '../../model/record.ts'
import type { TransactionDraft } from '../../oplog/commit-transaction.ts'
import { enter, type EnqueueContext, type Intent } from '../../oplog/enqueue.ts'
import { conflictKey, logKey, recordKey } from '../../oplog/keys.ts'
import { locateRecord, placeWrite, type RecordName, type Unplaced } from '../../oplog/locate-record.ts'
import { recordIn, recordReads } from '../../oplog/records.ts'
import type { Store } from '../../storage/store.ts'
import { createWorkspace } from '../../storage/workspace.ts'

/** A transaction in the making: its writes as if they were stored, seen by nobody else. */
export interface Preview {
  readonly write: (write: Unplaced) => Promise<Operation>
  readonly get: (record: RecordName) => Promise<RecordData | undefined>
  /**
   * Ends it: what was begun and not awaited comes to its end first.
   * @throws whatever a write was refused with that nobody awaited
   */
  readonly end: () => Promise<TransactionDraft>
}

export interface PreviewContext extends EnqueueContext {
  readonly store: Store
  readonly scopes: () => readonly string[]
}

export const openPreview = ({ store, scopes, ...context }: PreviewContext): Preview => {
  const workspace = createWorkspace((requests) => store.read(requests))
  const inOrder = createLane()
  const intents: Intent[] = []
  const seen = new Map<string, number>()
  const begun: Promise<unknown>[] = []
  let ended = false

  const look = async (keys: readonly string[]): Promise<void> => {
    await workspace.read(keys.map((key) => ({ get: key })))
  }

  /** The record, wherever it is: what is decided on it must still be so in the end. */
  const lookAt = async (record: RecordName): Promise<void> => {
    const keys = scopes().map((scope) => recordKey({ ...record, scope }))
    await look(keys)
    for (const key of keys) seen.set(key, workspace.revision(key))
  }

  const begin = <TResult>(run: () => Promise<TResult>): Promise<TResult> => {
    if (ended) return Promise.reject(tooLate())
    const running = inOrder(run)
    begun.push(running)
    // Whoever awaits it hears of a failure; `end` throws what nobody did.
    running.catch(() => undefined)
    return running
  }

  return {
    write: (write) =>
      begin(async () => {
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
      begin(async () => {
        await lookAt(record)
        return recordIn(workspace, { ...record, scope: locateRecord(workspace, record, scopes()) }).shown
      }),
    async end() {
      ended = true
      for (const running of begun) await running
      return { intents, seen }
    },
  }
}

const tooLate = (): SyncError => {
  const reason = 'the transaction has ended'
  return new SyncError('INVALID', `This belongs to a transaction whose function has returned.`, { reason })
}
