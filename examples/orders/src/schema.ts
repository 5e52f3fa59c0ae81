import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { z } from 'zod'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    orders: collection({
      fields: z.object({
        id: z.string(),
        article: z.string(),
        paid: z.boolean().default(false),
        /** Of the server alone. */
        cost: z.number().optional(),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})
