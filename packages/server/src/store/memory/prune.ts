import type { ServerRow } from '@holdfast/core/protocol'
import type { OperationRow, Pruned, PruneRequest } from '../contract.ts'
import type { ScopeSnapshot } from './state.ts'

/** The first keys that are no longer needed, at most `limit`. */
const firstKeys = <TKey, TValue>(
  map: ReadonlyMap<TKey, TValue>,
  limit: number,
  isOver: (value: TValue, key: TKey) => boolean,
): ReadonlySet<TKey> => {
  const keys = [...map].filter(([key, value]) => isOver(value, key)).map(([key]) => key)
  return new Set(keys.slice(0, limit))
}

const without = <TKey, TValue>(
  map: ReadonlyMap<TKey, TValue>,
  keys: ReadonlySet<TKey>,
): ReadonlyMap<TKey, TValue> => new Map([...map].filter(([key]) => !keys.has(key)))

/** A number above its client's watermark stays, and so does one whose verdict does. */
const slotsWithout = (
  { slots, watermarks }: ScopeSnapshot,
  { operations, resentAt }: Pick<ScopeSnapshot, 'operations' | 'resentAt'>,
  before: number,
): ScopeSnapshot['slots'] =>
  new Map(
    [...slots].map(([clientId, ofClient]) => {
      const stays = ([clientSeq, operationId]: readonly [number, string]): boolean =>
        clientSeq > (watermarks.get(clientId) ?? 0) ||
        (resentAt.get(operationId) ?? 0) >= before ||
        operations.get(operationId)?.clientSeq === clientSeq
      return [clientId, new Map([...ofClient].filter(stays))]
    }),
  )

/** The snapshot after `WriteTransaction.prune`, and what that answers. */
export const pruned = (
  snapshot: ScopeSnapshot,
  { before, limit }: PruneRequest,
): { readonly snapshot: ScopeSnapshot; readonly told: Pruned } => {
  const { state, storedAt, watermarks, resentAt } = snapshot
  let { prunedTo } = state
  for (const [head, at] of storedAt) if (at < before) prunedTo = Math.max(prunedTo, head)
  const isForgotten = ({ clientId, clientSeq, operationId, decidedAt }: OperationRow): boolean =>
    decidedAt < before &&
    clientSeq <= (watermarks.get(clientId) ?? 0) &&
    (resentAt.get(operationId) ?? 0) < before
  // A record that came from another scope may have a higher version than any that this one gives to new ones yet.
  const isGone = ({ deleted, seq, version }: ServerRow): boolean =>
    deleted && seq <= prunedTo && version <= prunedTo
  const tombstones = firstKeys(snapshot.records, limit, isGone)
  const verdicts = firstKeys(snapshot.operations, limit, isForgotten)
  const nonces = firstKeys(snapshot.nonces, limit, (_, head) => head < prunedTo)
  const operations = without(snapshot.operations, verdicts)
  const removed = { tombstones: tombstones.size, verdicts: verdicts.size, nonces: nonces.size }
  return {
    snapshot: {
      ...snapshot,
      state: { ...state, prunedTo, prunedBefore: Math.max(state.prunedBefore, before) },
      records: without(snapshot.records, tombstones),
      operations,
      nonces: without(snapshot.nonces, nonces),
      storedAt: without(storedAt, nonces),
      slots: slotsWithout(snapshot, { operations, resentAt }, before),
    },
    told: { ...removed, isLast: Math.max(...Object.values(removed)) < limit },
  }
}
