import { collection, defineSchema, manual, operation } from '@holdfast/core'
import { z } from 'zod'

const account = z.object({ id: z.string(), balance: z.int() })
type Account = z.output<typeof account>

const amount = z.object({ amount: z.int().positive() })

/**
 * A transfer is a transaction of both operations, so that what a device shows adds up before the server has decided.
 * Their guesses never fail, whatever the balance: a guess that is skipped would be half of a transfer.
 */
export const transferSchema = defineSchema({
  version: '1.0.0',
  collections: {
    accounts: collection({
      fields: account,
      conflict: manual(),
      operations: {
        debit: operation({
          input: amount,
          apply: (record: Account, input) => ({ ...record, balance: record.balance - input.amount }),
        }),
        credit: operation({
          input: amount,
          apply: (record: Account, input) => ({ ...record, balance: record.balance + input.amount }),
        }),
      },
    }),
  },
})

export type TransferCollections = (typeof transferSchema)['collections']

export const bankScope = 'bank'

export const opening = 1_000

export const accountIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `account-${String(index).padStart(3, '0')}`)
