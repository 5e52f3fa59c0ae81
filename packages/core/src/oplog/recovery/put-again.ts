import type { Operation } from '../../model/operation.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { putTransaction } from '../enqueue-transaction.ts'
import { transactionEntry, type TransactionMember } from '../entries.ts'
import { doneKey, pastKey, transactionKey, waitingKey } from '../keys.ts'
import { appendOperation } from '../log.ts'

/** A decided operation is in the queue again, as one that was sent and has no number. The head's counters are the caller's. */
export const putAgain = (workspace: Workspace, decided: Operation): Operation => {
  const operation: Operation = { ...decided, status: 'SENT', fate: { kind: 'sent' }, clientSeq: undefined }
  appendOperation(workspace, operation)
  workspace.remove(doneKey(decided.scope, decided.localSeq))
  workspace.remove(pastKey(decided))
  workspace.remove(waitingKey(decided.scope, decided.localSeq))
  return operation
}

/** What belongs together was forgotten once it was applied. The operations may be some of a transaction only. */
export const keepTogether = async (workspace: Workspace, operations: readonly Operation[]): Promise<void> => {
  const transactions = new Map<string, Operation[]>()
  for (const operation of operations) {
    const { transaction } = operation
    if (transaction === undefined) continue
    const known = transactions.get(transaction.id)
    if (known === undefined) transactions.set(transaction.id, [operation])
    else known.push(operation)
  }
  const scope = operations[0]?.scope ?? ''
  await workspace.read([...transactions.keys()].map((id) => ({ get: transactionKey(scope, id) })))
  for (const [id, added] of transactions) {
    const stored = workspace.value(transactionKey(scope, id))
    const before = stored === undefined ? [] : transactionEntry.decode(stored).operations
    const members = new Map<string, TransactionMember>([...before, ...added].map((one) => [one.id, one]))
    const inOrder = [...members.values()].sort((left, right) => left.localSeq - right.localSeq)
    putTransaction(workspace, scope, { id, members: inOrder })
  }
}
