import {
  collection,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  manual,
  operation,
  optimisticVersion,
} from '@holdfast/core'
import { z } from 'zod'

/** What the simulated apps keep. Its rules are told once more, independently, in `model/rules.ts`. */

const task = z.object({
  id: z.string(),
  title: z.string(),
  priority: z.number(),
  done: z.boolean().default(false),
  votes: z.number().default(0),
  note: z.string().optional(),
})

const log = z.object({ id: z.string(), text: z.string().max(45), mark: z.string() })

const solo = z.object({ id: z.string(), label: z.string(), tally: z.number().default(0) })

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    /** Field by field: one field asks, one is settled by time. */
    tasks: collection({
      fields: task,
      conflict: fieldMerge({
        onOverlap: 'ask',
        fields: { priority: lastWriteWins(), done: lastWriteWins() },
      }),
      operations: {
        vote: operation({
          input: z.object({ by: z.number() }),
          apply: (record: z.output<typeof task>, { by }) => ({ ...record, votes: record.votes + by }),
        }),
        finish: operation({
          input: z.object({ note: z.string() }),
          apply: (record: z.output<typeof task>, { note }) => ({
            ...record,
            done: true,
            note: `${note} at ${record.priority}`,
          }),
          reads: ['priority'],
        }),
      },
      indexes: ['done', ['priority', 'title']],
    }),
    /** The later write wins. Texts that grow past the limit on the server are refused there. */
    logs: collection({
      fields: log,
      conflict: lastWriteWins(),
      operations: {
        append: operation({
          input: z.object({ token: z.string() }),
          apply: (record: z.output<typeof log>, { token }) => ({
            ...record,
            text: `${record.text}${token};`,
          }),
        }),
      },
    }),
    /** Only on the newest version. */
    prices: collection({
      fields: z.object({ id: z.string(), amount: z.number(), label: z.string() }),
      conflict: optimisticVersion(),
    }),
    /** Every overlap asks, and a deletion always stands. */
    pages: collection({
      fields: z.object({ id: z.string(), heading: z.string(), body: z.string() }),
      conflict: manual(),
      deletes: 'deleteWins',
    }),
    /** Each record is written by one client alone: it must never meet itself. */
    solos: collection({
      fields: solo,
      conflict: fieldMerge({ onOverlap: 'ask' }),
      operations: {
        add: operation({
          input: z.object({ by: z.number() }),
          apply: (record: z.output<typeof solo>, { by }) => ({ ...record, tally: record.tally + by }),
        }),
      },
    }),
  },
})

export type SimSchema = typeof schema

const { tasks, logs } = schema.collections

/** Another version of the app, which differs in its indexes: tabs of both run side by side. */
export const otherSchema: SimSchema = {
  ...schema,
  collections: {
    ...schema.collections,
    tasks: { ...tasks, indexes: [['done', 'priority'], ['done'], ['note']] },
    logs: { ...logs, indexes: [['mark']] },
  },
}

/** A window over an index, in one version of the app; in the other over another one. */
export const board = { where: { done: false }, orderBy: { priority: 'desc' }, limit: 2 } as const
export type CollectionName = keyof SimSchema['collections']

export const scope = 'team-1'

/** A write that contains it is refused by the server's `authorize`. */
export const poison = 'POISON'
