import { collection, defineSchema } from '@holdfast/core'
import { text } from '@holdfast/plugins/text'
import { z } from 'zod'

export const textSchema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({ fields: z.object({ id: z.string(), body: text() }) }),
  },
})

export type TextCollections = (typeof textSchema)['collections']
