import type { Changes } from '../contract.ts'
import { recordKey } from '../record-key.ts'
import type { ScopeSnapshot } from './state.ts'

const withEntries = <TKey, TValue>(
  map: ReadonlyMap<TKey, TValue>,
  entries: readonly (readonly [TKey, TValue])[],
): ReadonlyMap<TKey, TValue> => (entries.length === 0 ? map : new Map([...map, ...entries]))

const refuseKnown = (what: string, known: boolean): void => {
  if (known) throw new Error(`Unique constraint: ${what}`)
}

/** The snapshot after a batch. */
export const withChanges = (snapshot: ScopeSnapshot, changes: Changes): ScopeSnapshot => {
  const { client } = changes
  const known = snapshot.slots.get(client.clientId) ?? new Map<number, string>()
  const slots: (readonly [number, string])[] = []
  for (const { clientSeq, operationId } of [...changes.operations, ...changes.resends]) {
    refuseKnown('clientSeq', known.has(clientSeq))
    slots.push([clientSeq, operationId])
  }
  for (const { operationId } of changes.operations) {
    refuseKnown('operationId', snapshot.operations.has(operationId))
  }
  return {
    state: changes.head === undefined ? snapshot.state : { ...snapshot.state, ...changes.head },
    nonces: withEntries(
      snapshot.nonces,
      changes.head === undefined ? [] : [[changes.head.head, changes.head.nonce]],
    ),
    records: withEntries(
      snapshot.records,
      changes.rows.map((row) => [recordKey(row), row] as const),
    ),
    operations: withEntries(
      snapshot.operations,
      changes.operations.map((row) => [row.operationId, row] as const),
    ),
    slots: withEntries(
      snapshot.slots,
      slots.length === 0 ? [] : [[client.clientId, withEntries(known, slots)]],
    ),
    watermarks: withEntries(snapshot.watermarks, [[client.clientId, client.watermark]]),
  }
}
