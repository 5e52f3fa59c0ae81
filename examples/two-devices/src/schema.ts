import { collection, defineSchema, fieldMerge, lastWriteWins } from '@holdfast/core'
import { z } from 'zod'

const fields = z.object({
  id: z.string(),
  title: z.string().min(1),
  owner: z.string().default('nobody'),
  note: z.string().default(''),
  priority: z.int().default(2),
})

/** Shared by the devices and the server. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields,
      conflict: fieldMerge({ onOverlap: 'ask', fields: { priority: lastWriteWins() } }),
    }),
  },
})

export type Task = z.output<typeof fields>
export type NewTask = z.input<typeof fields>
export type TaskPatch = Partial<Omit<NewTask, 'id'>>
