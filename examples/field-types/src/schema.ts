import { collection, counter, defineSchema, orSet, registerMap } from '@holdfast/core'
import { text } from '@holdfast/plugins/text'
import { z } from 'zod'
import { largest } from './largest.ts'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().default(''),
        votes: counter(),
        tags: orSet(z.string()),
        labels: registerMap(z.string()),
        body: text(),
        bid: largest(),
      }),
    }),
  },
})
