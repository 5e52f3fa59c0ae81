import { backUp } from '../../oplog/backup/write-backup.ts'
import { needsRecovery, readOwned } from '../../oplog/recovery/owner.ts'
import { reclaimScope } from '../../oplog/recovery/reclaim.ts'
import { removeRevoked } from '../../oplog/recovery/remove-revoked.ts'
import type { CycleContext } from '../cycle-context.ts'
import { pullToHead } from '../pull-to-head.ts'
import { askFates, tellReset } from './reset-steps.ts'

/**
 * Goes on with what a refusal began, whoever was refused, from wherever it stopped (docs/decisions/0017). Returns once
 * the scope can be pushed and pulled.
 * @throws SyncError
 */
export const recover = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  const { store, scope } = context
  for (;;) {
    const owned = await readOwned(store, scope)
    signal.throwIfAborted()
    if (!needsRecovery(owned)) return
    if (owned.owner !== owned.meta.clientId) {
      await backUp(context)
      await reclaimScope(store, context.schema, scope, (ids) => askFates(context, ids, signal))
    } else if (owned.head.resetting === 'revoked') {
      await backUp(context)
      await removeRevoked(store, scope)
      tellReset(context, 0)
    } else await pullToHead(context, signal)
  }
}
