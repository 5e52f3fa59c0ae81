import { SyncError } from '../../base/errors.ts'
import { logKey, recordKey, type RecordAddress } from '../keys.ts'
import { recordIn } from '../records.ts'
import { readClosure } from '../resolve/closure.ts'
import { endConflicts } from '../resolve/end-conflicts.ts'
import type { RebaseContext } from '../resolve/remake-rebased.ts'

/**
 * A reset found that the server has a disputed record no more: nothing is left to choose from. What waits on it, and with
 * it, are dead letters.
 */
export const endOrphans = async (
  { store, schema, environment, schemaVersion }: Omit<RebaseContext, 'isAtHead'>,
  orphans: readonly RecordAddress[],
): Promise<void> => {
  for (const address of orphans) {
    await store.update(async (workspace) => {
      await workspace.read([{ get: logKey(address.scope) }])
      const closure = await readClosure(workspace, schema, address)
      const own = closure.records.find((one) => recordKey(one.address) === recordKey(address))
      const { base, shown } = recordIn(workspace, address)
      if (own?.conflict.serverVersion !== 0 || base !== undefined || shown !== undefined) return
      const message = 'The server no longer has the record that this changes.'
      const refusal = new SyncError('DEPENDENCY', message, {})
      const context = { schema, environment, schemaVersion, maxOps: Number.POSITIVE_INFINITY, refusal }
      await endConflicts(workspace, context, closure)
    })
  }
}
