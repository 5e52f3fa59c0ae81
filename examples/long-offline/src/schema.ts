import {
  collection,
  counter,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  optimisticVersion,
  orSet,
} from '@holdfast/core'
import { migrations, type MigrationStep } from '@holdfast/plugins/migrations'
import { z } from 'zod'

const site = {
  id: z.string(),
  name: z.string(),
  state: z.string().default('unseen'),
  reading: z.int().default(0),
  note: z.string().default(''),
  visits: counter(),
  tags: orSet(z.string()),
}

// Of the state only a person knows which one is right; of two notes the later one will do.
const conflict = fieldMerge({ onOverlap: 'ask', fields: { note: lastWriteWins() } })

/** Worth something for an hour: where somebody is just now. */
const flags = collection({ fields: z.object({ id: z.string(), site: z.string() }), lifetime: '1h' })

/** Sent at once or not at all. */
const analytics = collection({ fields: z.object({ id: z.string(), page: z.string() }), lifetime: 'drop' })

const task = z.object({ id: z.string(), day: z.int(), owner: z.string().default('') })
const claim = {
  input: z.object({ by: z.string() }),
  apply: <TTask extends z.output<typeof task>>(one: TTask, { by }: { readonly by: string }): TTask => ({
    ...one,
    owner: by,
  }),
}

/** What Ada leaves with. */
export const first = defineSchema({
  version: '1.0.0',
  collections: {
    sites: collection({ fields: z.object(site), conflict }),
    tasks: collection({
      fields: task,
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: {
        claim,
        postpone: {
          input: z.object({ days: z.int() }),
          apply: (one, { days }) => ({ ...one, day: one.day + days }),
          compose: (one, other) => ({ days: one.days + other.days }),
        },
      },
    }),
    flags,
    analytics,
  },
})

/** What everybody else has after ten days: a field more, and another input. */
export const second = defineSchema({
  version: '1.1.0',
  collections: {
    sites: collection({ fields: z.object({ ...site, urgent: z.boolean().default(false) }), conflict }),
    tasks: collection({
      fields: task,
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: {
        claim,
        postpone: {
          input: z.object({ hours: z.int() }),
          apply: (one, { hours }) => ({ ...one, day: one.day + hours / 24 }),
          compose: (one, other) => ({ hours: one.hours + other.hours }),
        },
      },
    }),
    flags,
    analytics,
  },
})

export type First = (typeof first)['collections']
export type Second = (typeof second)['collections']
export type Version = '1.0.0' | '1.1.0'

export const step: MigrationStep = {
  from: '1.0.0',
  to: '1.1.0',
  records: { sites: (one) => ({ ...one, urgent: one['state'] === 'broken' }) },
  operations: {
    tasks: ({ type, payload }) => {
      if (type !== 'postpone') return { type, payload }
      return { type, payload: { hours: z.object({ days: z.int() }).parse(payload).days * 24 } }
    },
  },
}

/** One value for devices and servers. */
export const upgrade = migrations([step])
