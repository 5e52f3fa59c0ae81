import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { z } from 'zod'

/** What a page imports that only shares the schema: a form that checks its input, say. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    todos: collection({
      fields: z.object({ id: z.string(), title: z.string().min(1), done: z.boolean().default(false) }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})
