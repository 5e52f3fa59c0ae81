import { hasCode } from '../base/errors.ts'
import { forgetAbandoned } from '../oplog/abandoned.ts'
import { acknowledgeInstance } from '../oplog/identity.ts'
import type { AbandonedOperation } from '../oplog/entries.ts'
import type { Batch } from '../oplog/batch/open-batch.ts'
import { maxBatch, type WireOperation } from '../protocol/push.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { patiently } from './patiently.ts'
import { noticeLoss } from './recovery/notice-loss.ts'
import { onRefused } from './recovery/on-refused.ts'
import { isOutOfOrder } from './results.ts'

/**
 * An operation without content: it can only be refused. If the abandoned one is still on its way, it comes too
 * late: its id and its number are spent. If it was decided, that stands.
 */
const toEmpty = ({ id, clientSeq }: AbandonedOperation): WireOperation => ({
  id,
  clientSeq,
  collection: '',
  recordId: '',
  type: '',
  payload: '',
  baseVersion: 0,
  timestamp: 0,
  opVersion: '',
})

/**
 * Operations were discarded with their scope after they were sent, and the scope was joined again. The server waits
 * for their numbers before it takes later ones, so they are spent first.
 * @throws SyncError
 */
export const spendAbandoned = async (
  context: CycleContext,
  { abandoned, meta, cursor, cursorRevision }: Batch,
  signal: AbortSignal,
): Promise<void> => {
  const { scope, store, transport, environment } = context
  const { clientId, instance } = meta
  let most = maxBatch
  for (let start = 0; start < abandoned.length;) {
    const operations = abandoned.slice(start, start + most).map(toEmpty)
    const batchId = environment.newId()
    const input = { protocol: protocolVersion, clientId, instance, scope, cursor, batchId, operations }
    const answer = await patiently(context, signal, () => transport.push(input, { signal })).catch(
      (error: unknown) => {
        if (hasCode(error, 'TOO_LARGE') && operations.length > 1) return undefined
        return onRefused(context, { cursorRevision, identity: meta }, error)
      },
    )
    signal.throwIfAborted()
    if (answer === undefined) {
      most = operations.length >> 1
      continue
    }
    start += operations.length
    await acknowledgeInstance(store, instance)
    await forgetAbandoned(store, scope, answer.results)
    // The server waits for numbers that it may have lost.
    if (answer.results.some(isOutOfOrder)) await noticeLoss(context, signal)
  }
}
