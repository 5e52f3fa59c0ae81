import type { Decided } from '@holdfast/core/protocol'
import { maxAbove } from '../apply/ledger.ts'
import type { ReadTransaction } from '../store/contract.ts'

/** What the server has decided of a client's operations in the transaction's scope. */
export const readDecided = async (tx: ReadTransaction, clientId: string): Promise<Decided> => {
  const watermark = await tx.watermark(clientId)
  const above = await tx.slotsAfter(clientId, watermark, maxAbove)
  return { watermark, above: above.map(({ clientSeq }) => clientSeq) }
}
