import { SyncError } from '../base/errors.ts'
import type { Operation } from '../model/operation.ts'
import type { Workspace } from '../storage/workspace.ts'
import { addressEntry, transactionEntry } from './entries.ts'
import { doneKey, operationIdKey, operationKey, transactionKey, type OperationAddress } from './keys.ts'
import { operationsOf } from './stored.ts'

/**
 * An operation, or all operations of its transaction, wherever they stand, in the order made.
 * @throws SyncError NOT_FOUND
 */
export const readWhole = async (workspace: Workspace, operationId: string): Promise<readonly Operation[]> => {
  const [index] = await workspace.read([{ get: operationIdKey(operationId) }])
  const [operation] = index === undefined ? [] : await readAt(workspace, [addressEntry.decode(index.value)])
  if (operation === undefined) throw noSuchOperation(operationId)
  const { scope, transaction } = operation
  if (transaction === undefined) return [operation]
  const [stored] = await workspace.read([{ get: transactionKey(scope, transaction.id) }])
  if (stored === undefined) return [operation]
  const members = transactionEntry.decode(stored.value).operations
  return await readAt(
    workspace,
    members.map(({ collection, recordId, localSeq }) => ({ scope, collection, recordId, localSeq })),
  )
}

const readAt = async (
  workspace: Workspace,
  addresses: readonly OperationAddress[],
): Promise<readonly Operation[]> => {
  const entries = await workspace.read(
    addresses.flatMap((address) => [
      { get: operationKey(address) },
      { get: doneKey(address.scope, address.localSeq) },
    ]),
  )
  return operationsOf(entries)
}

export const noSuchOperation = (operationId: string): SyncError =>
  new SyncError('NOT_FOUND', `There is no operation "${operationId}" on this device.`, {
    collection: 'operations',
    recordId: operationId,
  })
