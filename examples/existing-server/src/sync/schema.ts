import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { z } from 'zod'

const conflict = fieldMerge({ onOverlap: 'ask' })

/** Shared with the devices. What it does not name (`riskNote`) never leaves the server. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    customers: collection({
      fields: z.object({
        id: z.string(),
        name: z.string().min(1),
        email: z.string().nullable().default(null),
      }),
      conflict,
    }),
    invoices: collection({
      fields: z.object({
        id: z.string(),
        customerId: z.string(),
        number: z.int().positive(),
        title: z.string().min(1),
        status: z.enum(['draft', 'sent', 'paid']).default('draft'),
        discount: z.string().default('0'),
        due: z.date().nullable().default(null),
        updatedAt: z.date().optional(),
      }),
      references: { customerId: 'customers' },
      conflict,
    }),
    lines: collection({
      fields: z.object({
        id: z.string(),
        invoiceId: z.string(),
        label: z.string().min(1),
        quantity: z.int().positive(),
        price: z.string(),
        amount: z.string().nullish(),
      }),
      references: { invoiceId: 'invoices' },
      conflict,
    }),
  },
})
