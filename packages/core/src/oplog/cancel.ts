import { SyncError } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { operationEntry, type LogHead } from './entries.ts'
import { release } from './held.ts'
import { blockedKey, heldKey, logKey, operationKey, transactionKey } from './keys.ts'
import { logHead, putDone, putLogHead } from './log.ts'
import { readWhole } from './read-whole.ts'
import { rebase } from './rebase.ts'

/**
 * Takes an operation back, and with it the others of its transaction. One that was never sent ends at once; one that
 * was can only be ended by asking: the server answers `cancelled`, or what it had decided before. Later operations
 * of the record stay and are judged by themselves. Nothing happens to one that is decided.
 * @throws SyncError NOT_FOUND (no such operation), INVALID (it waits in a conflict: answer that)
 */
export const cancelOperation = (store: Store, schema: Schema, operationId: string): Promise<void> =>
  store.update(async (workspace) => {
    const whole = await readWhole(workspace, operationId)
    if (whole.some(({ status }) => status === 'CONFLICT')) {
      const reason = 'it waits in a conflict; answer that instead'
      throw new SyncError('INVALID', `The operation can't be cancelled: ${reason}.`, { reason })
    }
    const open = whole.filter(({ status }) => status === 'PENDING' || status === 'SENT')
    const [first] = open
    if (first === undefined) return
    const { scope } = first
    await workspace.read([
      { get: logKey(scope) },
      ...open.flatMap((one) => [{ get: heldKey(scope, one.localSeq) }, { get: blockedKey(one) }]),
    ])
    const head = open.reduce(
      (before, operation) => cancelOne(workspace, before, operation),
      logHead(workspace, scope),
    )
    putLogHead(workspace, scope, head)
    const ended = open.filter(({ status }) => status === 'PENDING')
    if (ended.length > 0) await rebase(workspace, schema, { scope, changes: [], touched: ended })
  })

const cancelOne = (workspace: Workspace, head: LogHead, operation: Operation): LogHead => {
  if (operation.status === 'SENT') {
    workspace.put(operationKey(operation), operationEntry.encode({ ...operation, cancel: true }))
    return head
  }
  const isHeld = workspace.value(heldKey(operation.scope, operation.localSeq)) !== undefined
  const released = isHeld ? release(workspace, head, operation) : head
  putDone(workspace, { ...operation, status: 'CANCELLED', fate: { kind: 'cancelled' } })
  if (operation.transaction !== undefined)
    workspace.remove(transactionKey(operation.scope, operation.transaction.id))
  return { ...released, pending: released.pending - 1 }
}
