import { collection, defineSchema, operation, type ConflictStrategy } from '@holdfast/core'
import { z } from 'zod'

const account = z.object({ id: z.string(), owner: z.string(), balance: z.number() })

/** The amounts of two tellers add up: `apply` has run on the server's balance already. */
const addsUp: ConflictStrategy = { name: 'addsUp', resolve: () => ({ take: 'local' }) }

export const bankSchema = defineSchema({
  version: '1.0.0',
  collections: {
    accounts: collection({
      fields: account,
      conflict: addsUp,
      operations: {
        book: operation({
          input: z.object({ amount: z.number() }),
          apply: (record: z.output<typeof account>, { amount }) => ({
            ...record,
            balance: record.balance + amount,
          }),
        }),
      },
    }),
  },
})

export const bankScope = 'bank'

/** What each account begins with. Transfers move it about; the sum stays. */
export const opening = 100

export const accountId = (index: number): string => `account-${String(index).padStart(6, '0')}`
