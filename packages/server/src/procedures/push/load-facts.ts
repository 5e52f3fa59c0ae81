import type { Schema } from '@holdfast/core'
import { referencesOf } from '@holdfast/core/protocol'
import type { Facts } from '../../apply/batch.ts'
import { maxAbove } from '../../apply/ledger.ts'
import type { ReadOperation, Sent } from '../../apply/read-operation.ts'
import type { RecordAddress, Slot, WriteTransaction } from '../../store/contract.ts'
import { recordKey } from '../../store/record-key.ts'

const unique = <TItem>(
  items: readonly TItem[],
  keyOf: (item: TItem) => string | number,
): readonly TItem[] => [...new Map(items.map((item) => [keyOf(item), item])).values()]

const isSent = (read: ReadOperation): read is Sent => read.kind === 'sent'

/** Everything that judging the batch needs, in a handful of bulk reads. */
export const loadFacts = async (
  tx: WriteTransaction,
  schema: Schema,
  clientId: string,
  reads: readonly ReadOperation[],
): Promise<Facts> => {
  const addressed = reads.filter((read) => read.kind !== 'unreadable')
  const sent = reads.filter(isSent)
  const references = sent.flatMap(({ operation }) => referencesOf(schema, operation))
  const keys: readonly RecordAddress[] = unique(
    [
      ...sent.map(({ operation }) => ({ collection: operation.collection, id: operation.recordId })),
      ...references,
    ],
    recordKey,
  )
  const watermark = await tx.watermark(clientId)
  const operations = await tx.operations([...new Set(addressed.map(({ id }) => id))])
  const rows = await tx.records(keys)
  const slots = await loadSlots(
    tx,
    clientId,
    watermark,
    addressed.map(({ clientSeq }) => clientSeq),
  )
  const existing = new Set(rows.map(recordKey))
  const needed = new Set([
    ...sent.filter(({ operation }) => operation.type !== 'create').map(keyOfSent),
    ...references.map(recordKey),
  ])
  const orphans = keys.filter((key) => !existing.has(recordKey(key)) && needed.has(recordKey(key)))
  const rejectedCreates = orphans.length === 0 ? [] : await tx.rejectedCreates(clientId, orphans)
  const { head, prunedTo } = tx.state
  return { head, prunedTo, watermark, slots, operations, rows, rejectedCreates }
}

const keyOfSent = ({ operation }: Sent): string =>
  recordKey({ collection: operation.collection, id: operation.recordId })

/** All above the watermark, and those below that the batch names. */
const loadSlots = async (
  tx: WriteTransaction,
  clientId: string,
  watermark: number,
  clientSeqs: readonly number[],
): Promise<readonly Slot[]> => {
  const above = await tx.slotsAfter(clientId, watermark, maxAbove)
  const below = [...new Set(clientSeqs.filter((clientSeq) => clientSeq <= watermark))]
  return below.length === 0 ? above : [...above, ...(await tx.slotsAt(clientId, below))]
}
