import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { z } from 'zod'
import { unionOfTags } from './union-of-tags.ts'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    photos: collection({
      fields: z.object({ id: z.string(), title: z.string(), tags: z.array(z.string()).default([]) }),
      conflict: fieldMerge({ onOverlap: 'ask', fields: { tags: unionOfTags() } }),
    }),
  },
})
