import {
  collection,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  manual,
  optimisticVersion,
  serverWins,
} from '@holdfast/core'
import { z } from 'zod'

const fields = z.object({
  id: z.string(),
  title: z.string().min(1),
  text: z.string().default(''),
  done: z.boolean().default(false),
  votes: z.number().default(0),
})

/** One record shape under each strategy. `tasks` is what tests use that care for none. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields,
      conflict: fieldMerge({ onOverlap: 'ask', fields: { done: lastWriteWins() } }),
      operations: {
        rename: {
          input: z.object({ title: z.string() }),
          apply: (task, { title }) => ({ ...task, title }),
        },
      },
    }),
    latest: collection({ fields, conflict: lastWriteWins() }),
    asked: collection({ fields, conflict: manual() }),
    locked: collection({ fields, conflict: optimisticVersion() }),
    official: collection({ fields, conflict: serverWins() }),
    parts: collection({
      fields: fields.extend({ task: z.string().default('') }),
      conflict: manual(),
      references: { task: 'tasks' },
    }),
    mourned: collection({ fields, conflict: manual(), deletes: 'ask' }),
  },
})

export type Collections = (typeof schema)['collections']
