import { toSyncError } from '../base/to-sync-error.ts'
import { compactQueue, compactRecords } from '../oplog/compaction/compact-queue.ts'
import { logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { CompactionPart } from '../plugin/core-part.ts'
import type { CompactableRecord } from '../plugin/hooks.ts'
import { takingTurns } from './turns.ts'

/**
 * Lets plugins fold what was never sent: of one record, or of the whole queue. A failure is told, and ends nothing: what
 * was folded by then stays.
 * @returns how many operations are no longer in the queue
 */
const compact: CompactionPart['compact'] = async (
  { scope, store, schema, environment, hooks, tell, onProblem },
  { trigger, record },
  signal,
) => {
  if (!hooks.has('compactQueue')) return 0
  const { pending, folding, resetting } = logHeadOf((await store.get(logKey(scope)))?.value)
  // Until all bases are in their place nobody knows what is new; later runs come by again.
  if (pending < 2 || folding !== undefined || resetting !== undefined) return 0
  const giveTurn = takingTurns(environment)
  const pass = {
    ...{ store, schema, scope, trigger },
    decide: (asked: CompactableRecord) => hooks.waterfall('compactQueue', asked),
    async turn() {
      signal?.throwIfAborted()
      await giveTurn()
    },
  }
  try {
    const folded =
      record === undefined
        ? (await compactQueue(pass)).folded
        : await compactRecords(pass, [{ ...record, scope }])
    if (folded > 0) tell(() => ({ type: 'compacted', scope, trigger, before: pending, folded }))
    return folded
  } catch (error) {
    signal?.throwIfAborted()
    onProblem(toSyncError(error))
    return 0
  }
}

export const compactionPart: CompactionPart = { kind: 'compaction', compact }
