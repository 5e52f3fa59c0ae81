import { SyncError, hasCode } from '../../base/errors.ts'
import type { MakeRoom } from '../../data/group-writer.ts'
import type { Operation } from '../../model/operation.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { commitTransaction } from '../../oplog/commit-transaction.ts'
import type { TransactionContext } from '../../oplog/enqueue-transaction.ts'
import type { RecordAddress } from '../../oplog/keys.ts'
import type { CollectionClient, CollectionWrites } from '../collection-types.ts'
import { openPreview, type Preview, type PreviewContext } from './preview.ts'

/** A collection inside a transaction: `get` sees what the transaction has written. */
export type TransactionCollection<TDefinition extends AnyCollection> = Omit<
  CollectionWrites<TDefinition>,
  'move'
> &
  Pick<CollectionClient<TDefinition>, 'get'>

export interface Transaction<TCollections extends Readonly<Record<string, AnyCollection>>> {
  readonly collections: {
    readonly [TName in keyof TCollections]: TransactionCollection<TCollections[TName]>
  }
}

export interface TransactionRun<TTransaction> extends PreviewContext, TransactionContext {
  /** The collections over a preview. */
  readonly toTransaction: (preview: Preview) => TTransaction
  /** Called once all of it is durable. */
  readonly onWritten: (operation: Operation) => void
  /** Asked once, where the queue is full. */
  readonly makeRoom: MakeRoom
}

const mostAttempts = 20

/**
 * Runs `work` and stores what it wrote in one commit, or nothing. Where somebody changed meanwhile what it read or
 * wrote, it runs again from the start: it should do nothing else.
 * @throws whatever `work` throws; SyncError STORAGE_CONFLICT when others never let it through
 */
export const runTransaction = async <TTransaction, TResult>(
  run: TransactionRun<TTransaction>,
  work: (transaction: TTransaction) => Promise<TResult>,
): Promise<TResult> => {
  let hasRoomMade = false
  const makeRoom = async (wanted: readonly RecordAddress[]): Promise<boolean> => {
    if (hasRoomMade) return false
    hasRoomMade = true
    return run.makeRoom(wanted)
  }
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const preview = openPreview(run)
    let result: TResult
    try {
      result = await work(run.toTransaction(preview))
    } finally {
      // Nothing may be added later, however the work ended; a failure of its own counts first.
      preview.end().catch(() => undefined)
    }
    const draft = await preview.end()
    if (draft.intents.length === 0) return result
    const operations = await commitTransaction(run.store, draft, run).catch(async (error: unknown) => {
      // What made room may have changed what the work rests on.
      if (hasCode(error, 'QUEUE_FULL') && (await makeRoom(draft.intents))) return undefined
      throw error
    })
    if (operations === undefined) continue
    operations.forEach(run.onWritten)
    return result
  }
  const message =
    'What the transaction needs kept changing, by others or by its own function past its argument; nothing was written.'
  throw new SyncError('STORAGE_CONFLICT', message, { key: 'transaction' })
}
