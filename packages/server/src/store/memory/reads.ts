import type { RowVersions, ServerRow } from '@holdfast/core/protocol'
import {
  isApplied,
  type ClientBinding,
  type ReadTransaction,
  type RecordAddress,
  type Slot,
} from '../contract.ts'
import { recordKey } from '../record-key.ts'
import type { ScopeSnapshot } from './state.ts'

type Reads = Omit<ReadTransaction, 'database' | 'state'>

const isAfter = (left: RecordAddress, right: RecordAddress): boolean =>
  left.collection === right.collection ? left.id > right.id : left.collection > right.collection

const versionsOf = ({
  collection,
  id,
  version,
  deleted,
  fieldVersions,
  schemaVersion,
}: ServerRow): RowVersions => ({
  collection,
  id,
  version,
  deleted,
  fieldVersions,
  ...(schemaVersion === undefined ? {} : { schemaVersion }),
})

/** A snapshot never changes, so it is sorted once. */
const sorted = new WeakMap<ScopeSnapshot['records'], readonly ServerRow[]>()

const livingByKey = ({ records }: ScopeSnapshot): readonly ServerRow[] => {
  const known = sorted.get(records)
  if (known !== undefined) return known
  const living = [...records.values()].filter(({ deleted }) => !deleted)
  living.sort((left, right) => (isAfter(left, right) ? 1 : -1))
  sorted.set(records, living)
  return living
}

/** The queries of a transaction over whatever snapshot `current` gives at the time. */
export const createReads = (
  current: () => ScopeSnapshot,
  client: (clientId: string) => ClientBinding | undefined,
): Reads => {
  const slotsOf = (clientId: string): readonly Slot[] =>
    [...(current().slots.get(clientId) ?? [])].map(([clientSeq, operationId]) => ({ clientSeq, operationId }))

  const rowsAt = (keys: readonly RecordAddress[]): readonly ServerRow[] =>
    keys.flatMap((key) => {
      const row = current().records.get(recordKey(key))
      return row === undefined ? [] : [row]
    })

  return {
    knows: async (head, nonce) => head === 0 || current().nonces.get(head) === nonce,
    changesAfter: async (seq, limit) =>
      [...current().records.values()]
        .filter((row) => row.seq > seq)
        .sort((left, right) => left.seq - right.seq)
        .slice(0, limit),
    recordsAfter: async (key, limit) =>
      livingByKey(current())
        .filter((row) => key === undefined || isAfter(row, key))
        .slice(0, limit),
    countRecords: async (most) => Math.min(most, livingByKey(current()).length),
    records: async (keys) => rowsAt(keys),
    versions: async (keys) => rowsAt(keys).map(versionsOf),
    client: async (clientId) => client(clientId),
    watermark: async (clientId) => current().watermarks.get(clientId) ?? 0,
    slotsAfter: async (clientId, after, limit) =>
      slotsOf(clientId)
        .filter(({ clientSeq }) => clientSeq > after)
        .sort((left, right) => left.clientSeq - right.clientSeq)
        .slice(0, limit),
    slotsAt: async (clientId, clientSeqs) => {
      const wanted = new Set(clientSeqs)
      return slotsOf(clientId).filter(({ clientSeq }) => wanted.has(clientSeq))
    },
    operations: async (operationIds) =>
      operationIds.flatMap((id) => {
        const row = current().operations.get(id)
        return row === undefined ? [] : [row]
      }),
    rejectedCreates: async (clientId, keys) => {
      const wanted = new Set(keys.map(recordKey))
      const latest = new Map<
        string,
        { clientSeq: number; collection: string; id: string; operationId: string }
      >()
      for (const row of current().operations.values()) {
        if (row.clientId !== clientId || row.type !== 'create' || isApplied(row)) continue
        const key = { collection: row.collection, id: row.recordId }
        const name = recordKey(key)
        if (!wanted.has(name) || (latest.get(name)?.clientSeq ?? 0) > row.clientSeq) continue
        latest.set(name, { ...key, clientSeq: row.clientSeq, operationId: row.operationId })
      }
      return [...latest.values()].map(({ collection, id, operationId }) => ({ collection, id, operationId }))
    },
  }
}
