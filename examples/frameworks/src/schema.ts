import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { z } from 'zod'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields: z.object({ id: z.string(), title: z.string().min(1), done: z.boolean().default(false) }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})
