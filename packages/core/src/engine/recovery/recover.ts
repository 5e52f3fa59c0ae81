import { needsRecovery, readOwned } from '../../oplog/recovery/owner.ts'
import { reclaimScope } from '../../oplog/recovery/reclaim.ts'
import type { CycleContext } from '../cycle-context.ts'
import { pullToHead } from '../pull-to-head.ts'

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
    if (owned.owner === owned.meta.clientId) await pullToHead(context, signal)
    else await reclaimScope(store, scope)
  }
}
