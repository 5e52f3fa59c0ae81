import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import * as z from 'zod/mini'

/** What a page imports that only shares the schema: a form that checks its input, say. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    todos: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().check(z.minLength(1)),
        done: z._default(z.boolean(), false),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})
