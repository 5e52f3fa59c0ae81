import type { ServerRow } from '@holdfast/core/protocol'
import type { RecordAddress, WriteTransaction } from './contract.ts'
import { HeldError } from './held-error.ts'

/** A record that is to be changed. @throws HeldError */
export const loadOne = async (
  tx: WriteTransaction,
  address: RecordAddress,
): Promise<ServerRow | undefined> => {
  const [row] = await tx.records([address])
  if (tx.isHeld?.(address) === true) throw new HeldError()
  return row
}
