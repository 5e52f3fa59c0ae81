import { collection, defineSchema, fieldMerge, type RecordOf } from '@holdfast/core'
import { clientWins } from '@holdfast/plugins/conflict-strategies'
import { z } from 'zod'

const conflict = fieldMerge({ onOverlap: 'ask', fields: { editedBy: clientWins() } })
const common = { id: z.string(), title: z.string(), editedBy: z.string().default('') }

export const schema = defineSchema({
  version: '1.1.0',
  collections: {
    entries: collection({ fields: z.object({ ...common, note: z.string().default('') }), conflict }),
  },
})

export type Entry = RecordOf<(typeof schema)['collections']['entries']>

/** What a device that was not updated yet still has: the note is called `text` there. */
export const formerSchema = defineSchema({
  version: '1.0.0',
  collections: {
    entries: collection({ fields: z.object({ ...common, text: z.string().default('') }), conflict }),
  },
})
