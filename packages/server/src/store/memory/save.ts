import { neverForgotten, type Changes, type OperationRow, type Slot } from '../contract.ts'
import { recordKey } from '../record-key.ts'
import type { ScopeSnapshot } from './state.ts'

const withEntries = <TKey, TValue>(
  map: ReadonlyMap<TKey, TValue>,
  entries: readonly (readonly [TKey, TValue])[],
): ReadonlyMap<TKey, TValue> => {
  if (entries.length === 0) return map
  const next = new Map(map)
  for (const [key, value] of entries) next.set(key, value)
  return next
}

const refuseKnown = (what: string, known: boolean): void => {
  if (known) throw new Error(`Unique constraint: ${what}`)
}

const withSlots = (
  slots: ScopeSnapshot['slots'],
  added: readonly (Slot & { readonly clientId: string })[],
) => {
  const next = new Map<string, Map<number, string>>()
  for (const { clientId, clientSeq, operationId } of added) {
    const ofClient = next.get(clientId) ?? new Map(slots.get(clientId))
    refuseKnown('clientSeq', ofClient.has(clientSeq))
    next.set(clientId, ofClient.set(clientSeq, operationId))
  }
  return withEntries<string, ReadonlyMap<number, string>>(slots, [...next])
}

const withOperations = (operations: ScopeSnapshot['operations'], added: readonly OperationRow[]) => {
  const ids = new Set<string>()
  for (const { operationId } of added) {
    refuseKnown('operationId', operations.has(operationId) || ids.has(operationId))
    ids.add(operationId)
  }
  return withEntries(
    operations,
    added.map((row) => [row.operationId, row] as const),
  )
}

/** The snapshot after a batch. */
export const withChanges = (snapshot: ScopeSnapshot, changes: Changes): ScopeSnapshot => {
  const { rows, operations, resends, client, head, event, at = neverForgotten } = changes
  const resent = client === undefined ? [] : resends.map((slot) => ({ ...slot, clientId: client.clientId }))
  return {
    state: head === undefined ? snapshot.state : { ...snapshot.state, ...head },
    nonces: withEntries(snapshot.nonces, head === undefined ? [] : [[head.head, head.nonce]]),
    storedAt: withEntries(snapshot.storedAt, head === undefined ? [] : [[head.head, at]]),
    resentAt: withEntries(
      snapshot.resentAt,
      resent.map(({ operationId }) => [operationId, at] as const),
    ),
    records: withEntries(
      snapshot.records,
      rows.map((row) => [recordKey(row), row] as const),
    ),
    operations: withOperations(snapshot.operations, operations),
    slots: withSlots(snapshot.slots, [...operations, ...resent]),
    watermarks: withEntries(
      snapshot.watermarks,
      client === undefined ? [] : [[client.clientId, client.watermark]],
    ),
    events:
      head === undefined || event === undefined
        ? snapshot.events
        : [...snapshot.events, { head: head.head, event, at }],
  }
}
