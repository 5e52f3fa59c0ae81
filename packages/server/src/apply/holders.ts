import { SyncError } from '@holdfast/core'
import type { Slot } from '../store/contract.ts'

/** Two devices speak under one client id. */
export const forked = (clientId: string): SyncError =>
  new SyncError('CLIENT_FORKED', 'Two copies of this client sent different operations.', { clientId })

/**
 * Checks that no other operation holds a number that the client says it gave.
 * @throws SyncError CLIENT_FORKED
 */
export const assertHolders = (slots: readonly Slot[], claims: readonly Slot[], clientId: string): void => {
  const holders = new Map(slots.map(({ clientSeq, operationId }) => [clientSeq, operationId]))
  for (const { clientSeq, operationId } of claims) {
    const holder = holders.get(clientSeq)
    if (holder !== undefined && holder !== operationId) throw forked(clientId)
  }
}
