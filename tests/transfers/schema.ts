import { collection, defineSchema, manual, operation } from '@holdfast/core'
import { z } from 'zod'

const account = z.object({ id: z.string(), balance: z.int() })
type Account = z.output<typeof account>

const amount = z.object({ amount: z.int().positive() })

const minus = (record: Account, input: z.output<typeof amount>): Account => ({
  ...record,
  balance: record.balance - input.amount,
})
const plus = (record: Account, input: z.output<typeof amount>): Account => ({
  ...record,
  balance: record.balance + input.amount,
})

/**
 * A transfer is a transaction of two operations, so that what a device shows adds up before the server has decided: of
 * `debit` and `credit`, each decided by its own half, or of `transfer`, whose half moves the money on both accounts, and
 * `receive`, which is a guess alone. The guesses never fail, whatever the balance: a guess that is skipped would be half of a transfer.
 */
export const transferSchema = defineSchema({
  version: '1.0.0',
  collections: {
    accounts: collection({
      fields: account,
      conflict: manual(),
      operations: {
        debit: operation({ input: amount, apply: minus }),
        credit: operation({ input: amount, apply: plus }),
        transfer: operation({ input: amount.extend({ to: z.string() }), apply: minus }),
        receive: operation({ input: amount, apply: plus }),
      },
    }),
  },
})

export const bankScope = 'bank'

export const opening = 1_000

export const accountIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `account-${String(index).padStart(3, '0')}`)
