import { recordName } from '../model/unit.ts'
import type { Pruned, PruneRequest, WriteTransaction } from '@holdfast/server'
import type { Forgotten } from '../checks/journal-state.ts'
import type { Journal } from '../checks/journal-world.ts'

/** Prunes, and looks in the same transaction what is not there any more. */
export const pruneIn = async (
  tx: WriteTransaction<undefined>,
  journal: Journal,
  request: PruneRequest,
): Promise<{ readonly told: Pruned; readonly forgotten: Forgotten }> => {
  const kept = journal.kept()
  const told = await tx.prune(request)
  const rows = new Set((await tx.records(kept.tombstones)).map(({ collection, id }) => `${collection}/${id}`))
  const verdicts = new Set((await tx.operations(kept.operations)).map(({ operationId }) => operationId))
  return {
    told,
    forgotten: {
      before: request.before,
      isLast: told.isLast,
      tombstones: kept.tombstones
        .map(({ collection, id }) => recordName({ collection, recordId: id }))
        .filter((key) => !rows.has(key)),
      operations: kept.operations.filter((id) => !verdicts.has(id)),
    },
  }
}
