import type { AppRows } from '../store/app-rows.ts'
import type { RecordAddress, WriteTransaction } from '../store/contract.ts'
import type { MirroredCollection } from './fields.ts'
import { addressOf, createKnownRows } from './known-rows.ts'
import { writeOf } from './written.ts'

interface Giving {
  readonly collections: ReadonlyMap<string, MirroredCollection>
  readonly tx: Pick<WriteTransaction, 'records'>
  readonly app: AppRows
  readonly scope: string
}

/**
 * Makes rows of records from before their collection was mapped. What the database adds to a row is taken in with the next
 * comparison.
 * @returns of how many
 */
export const giveRows = async (giving: Giving, keys: readonly RecordAddress[]): Promise<number> => {
  const { app } = giving
  const found = await createKnownRows(giving).load(keys)
  const rowless = found.flatMap(({ isRowless, record, ...one }) =>
    isRowless === true && record !== undefined ? [{ ...one, record, next: record }] : [],
  )
  const writes = rowless.flatMap((one) => writeOf({ ...one, arrives: false }) ?? [])
  await app.write(writes)
  const living = rowless.map(addressOf)
  await app.settle({ living, gone: [] })
  await app.touch(living)
  return rowless.length
}
