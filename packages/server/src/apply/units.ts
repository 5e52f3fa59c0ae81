import { transactionOf, type ReadOperation } from './read-operation.ts'

/** What is decided together: an operation, or the operations of one transaction. */
export type Unit = readonly ReadOperation[]

/** A batch in the order in which it is decided; a transaction takes the place of its first operation. */
export const toUnits = (operations: readonly ReadOperation[]): readonly Unit[] => {
  const units: ReadOperation[][] = []
  const transactions = new Map<string, ReadOperation[]>()
  for (const read of operations) {
    const transaction = transactionOf(read)?.id
    const known = transaction === undefined ? undefined : transactions.get(transaction)
    if (known !== undefined) {
      known.push(read)
      continue
    }
    const unit = [read]
    units.push(unit)
    if (transaction !== undefined) transactions.set(transaction, unit)
  }
  return units
}
