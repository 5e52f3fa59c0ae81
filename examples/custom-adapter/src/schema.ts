import { collection, defineSchema } from '@holdfast/core'
import { z } from 'zod'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    readings: collection({ fields: z.object({ id: z.string(), meter: z.string(), value: z.number() }) }),
  },
})
