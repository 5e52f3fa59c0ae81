import type { Operation } from '../model/operation.ts'
import type { Store } from '../storage/store.ts'
import { enqueueTransaction, type TransactionContext } from './enqueue-transaction.ts'
import type { Intent } from './intent.ts'
import { conflictKey, logKey } from './keys.ts'
import { storedLogHead } from './log.ts'
import { recordReads } from './records.ts'
import { foldRecords } from './staging/fold.ts'

/** What a transaction writes, and what it rests on. */
export interface TransactionDraft {
  readonly intents: readonly Intent[]
  /** Keys that were looked at, each with the revision that it had: 0 where there was nothing. */
  readonly seen: ReadonlyMap<string, number>
  /** By scope that was looked at: the generation that was being folded. At a flip any record may become another one. */
  readonly folding: ReadonlyMap<string, number | undefined>
}

/**
 * Stores the writes of a transaction in one commit. Undefined, and nothing stored, where somebody changed meanwhile
 * what it rests on: then it has to be made again.
 * @throws SyncError as `enqueueTransaction`, or a storage code
 */
export const commitTransaction = (
  store: Store,
  { intents, seen, folding }: TransactionDraft,
  context: TransactionContext,
): Promise<readonly Operation[] | undefined> =>
  store.update(async (workspace) => {
    const keys = new Set([
      ...seen.keys(),
      ...[...folding.keys()].map(logKey),
      ...intents.flatMap((intent) => [logKey(intent.scope), conflictKey(intent)]),
    ])
    await workspace.read([...[...keys].map((key) => ({ get: key })), ...recordReads(intents)])
    for (const [key, revision] of seen) if (workspace.revision(key) !== revision) return undefined
    for (const [scope, generation] of folding)
      if (storedLogHead(workspace, scope).folding !== generation) return undefined
    await foldRecords(workspace, context.schema, intents)
    const transactionId = context.environment.newId()
    return enqueueTransaction(workspace, intents, { ...context, transactionId })
  })
