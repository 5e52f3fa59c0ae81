import { SyncError } from '../base/errors.ts'
import { checkSize } from '../base/size.ts'
import type { Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import { maxBatch } from '../protocol/push.ts'
import type { Workspace } from '../storage/workspace.ts'
import type { BatchLimits } from './batch/draft.ts'
import { enter, meetsConflict, type EnqueueContext } from './enqueue.ts'
import { transactionEntry, type TransactionMember } from './entries.ts'
import type { Intent } from './intent.ts'
import { transactionKey } from './keys.ts'
import { wireBytes } from './wire-bytes.ts'

export interface TransactionContext extends EnqueueContext {
  readonly schema: Schema
  readonly batchLimits: BatchLimits
}

/**
 * Turns the writes of one transaction into operations that the server applies all or none. What `enqueue` needs to
 * have been read of each. One that meets an open conflict makes all of them wait for its answer.
 * @throws SyncError as `enqueue`; INVALID (several scopes), TOO_LARGE (more than one batch can carry)
 */
export const enqueueTransaction = (
  workspace: Workspace,
  intents: readonly Intent[],
  { transactionId, ...context }: Omit<TransactionContext, 'schema'> & { readonly transactionId: string },
): readonly Operation[] => {
  const [first] = intents
  if (first === undefined) return []
  checkTransaction(intents, context.batchLimits)
  const transaction = { id: transactionId, size: intents.length }
  const waits = intents.some((intent) => couldMeet(workspace, intent))
  const operations = intents.map((intent) =>
    enter(workspace, intent, { waits, transaction: intents.length > 1 ? transaction : undefined }, context),
  )
  if (operations.length > 1)
    putTransaction(workspace, operations[0]?.scope ?? '', { id: transactionId, members: operations })
  return operations
}

/** Its fields may depend on the writes before it; what can't be told yet is told when it is entered. */
const couldMeet = (workspace: Workspace, intent: Intent): boolean => {
  try {
    return meetsConflict(workspace, intent)
  } catch {
    return false
  }
}

/** Remembers what belongs together, until all of it is applied or given up. */
export const putTransaction = (
  workspace: Workspace,
  scope: string,
  { id: transactionId, members }: { readonly id: string; readonly members: readonly TransactionMember[] },
): void => {
  const operations = members.map(({ id, collection, recordId, localSeq }) => ({
    id,
    collection,
    recordId,
    localSeq,
  }))
  workspace.put(transactionKey(scope, transactionId), transactionEntry.encode({ operations }))
}

/** @throws SyncError INVALID, TOO_LARGE */
const checkTransaction = (
  intents: readonly Pick<Intent, 'scope' | 'payload' | 'marks'>[],
  limits: BatchLimits,
): void => {
  const scopes = new Set(intents.map(({ scope }) => scope))
  if (scopes.size > 1) {
    const reason = `it writes to ${[...scopes].sort().join(' and ')}; use one transaction for each scope`
    throw new SyncError('INVALID', `A transaction stays within one scope: ${reason}.`, { reason })
  }
  const check = (actual: number, unit: string, limit: number): void =>
    checkSize({ what: 'transaction', limit, actual }, `The transaction has ${actual} ${unit}`, 'Split it.')
  check(intents.length, 'operations', Math.min(maxBatch, limits.operations))
  const bytes = intents.reduce((sum, intent) => sum + wireBytes(intent), 0)
  if (intents.length > 1) check(bytes, 'bytes', limits.bytes)
}
