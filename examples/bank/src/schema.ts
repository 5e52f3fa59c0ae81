import { collection, defineSchema, operation, serverWins } from '@holdfast/core'
import { z } from 'zod'

const account = z.object({ id: z.string(), owner: z.string(), balance: z.int().default(0) })
type Account = z.output<typeof account>

const amount = z.object({ amount: z.int().positive() })
const plus = (record: Account, change: number): Account => ({ ...record, balance: record.balance + change })

/** What `apply` does is a guess that devices show until the server has decided. It never fails: see the guide. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    accounts: collection({
      fields: account,
      conflict: serverWins(),
      operations: {
        deposit: operation({ input: amount, apply: (record: Account, input) => plus(record, input.amount) }),
        transfer: operation({
          input: amount.extend({ to: z.string() }),
          apply: (record: Account, input) => plus(record, -input.amount),
        }),
        /** The other half of the guess of a transfer, and nothing else. */
        receive: operation({ input: amount, apply: (record: Account, input) => plus(record, input.amount) }),
      },
    }),
  },
})
