import type { Operation } from '../../model/operation.ts'
import type { Workspace } from '../../storage/workspace.ts'
import type { LogHead } from '../entries.ts'
import { release } from '../held.ts'
import { blockedKey, heldKey } from '../keys.ts'
import { putDone } from '../log.ts'

/** Operations that lie on their records end with this fate, unless they are decided. Their records are the caller's. */
export const endUndecided = async (
  workspace: Workspace,
  before: LogHead,
  operations: readonly Operation[],
  fate: Operation['fate'],
): Promise<LogHead> => {
  await workspace.read(
    operations.flatMap((one) => [{ get: heldKey(one.scope, one.localSeq) }, { get: blockedKey(one) }]),
  )
  let head = before
  for (const operation of operations) {
    const { scope, localSeq, status } = operation
    if (workspace.value(heldKey(scope, localSeq)) !== undefined) head = release(workspace, head, operation)
    const isDecided = status !== 'PENDING' && status !== 'SENT' && status !== 'CONFLICT'
    putDone(workspace, isDecided ? operation : { ...operation, status: 'REJECTED', fate })
    head = {
      ...head,
      pending: head.pending - (status === 'PENDING' ? 1 : 0),
      sent: head.sent - (status === 'SENT' ? 1 : 0),
      deadLetters: head.deadLetters + (isDecided && status !== 'REJECTED' ? 0 : 1),
    }
  }
  return head
}
