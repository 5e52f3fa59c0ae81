import { collection, defineSchema } from '@holdfast/core'
import { z } from 'zod'

export const notes = defineSchema({
  version: '1.0.0',
  collections: { notes: collection({ fields: z.object({ id: z.string(), text: z.string() }) }) },
})
