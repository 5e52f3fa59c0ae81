import { collection, defineSchema, fieldMerge, type Schema } from '@holdfast/core'
import { migrations, type MigrationStep } from '@holdfast/plugins/migrations'
import { z } from 'zod'

const conflict = fieldMerge({ onOverlap: 'ask' })

/** As it was first. */
const first = defineSchema({
  version: '1.0.0',
  collections: {
    todos: collection({
      fields: z.object({ id: z.string(), title: z.string(), minutes: z.number().default(0) }),
      operations: {
        extend: {
          input: z.object({ by: z.number() }),
          apply: (todo, { by }) => ({ ...todo, minutes: todo.minutes + by }),
        },
      },
      indexes: ['title'],
      conflict,
    }),
  },
})

/** A minor version: a field more, and another input. */
export const second = defineSchema({
  version: '1.1.0',
  collections: {
    todos: collection({
      fields: z.object({
        id: z.string(),
        title: z.string(),
        minutes: z.number().default(0),
        urgent: z.boolean().default(false),
      }),
      operations: {
        extend: {
          input: z.object({ minutes: z.number() }),
          apply: (todo, { minutes }) => ({ ...todo, minutes: todo.minutes + minutes }),
        },
      },
      indexes: ['title', 'urgent'],
      conflict,
    }),
  },
})

/** A major one: a field has another name, and one counts in another unit. */
export const third = defineSchema({
  version: '2.0.0',
  collections: {
    todos: collection({
      fields: z.object({
        id: z.string(),
        name: z.string(),
        seconds: z.number().default(0),
        urgent: z.boolean().default(false),
      }),
      operations: {
        extend: {
          input: z.object({ seconds: z.number() }),
          apply: (todo, { seconds }) => ({ ...todo, seconds: todo.seconds + seconds }),
        },
      },
      indexes: ['name', 'urgent', 'seconds'],
      conflict,
    }),
  },
})

type Fields = Readonly<Record<string, unknown>>

const inSeconds = ({ title, minutes, ...rest }: Fields): Fields => ({
  ...rest,
  ...(title === undefined ? {} : { name: title }),
  ...(minutes === undefined ? {} : { seconds: Number(minutes) * 60 }),
})

type Content = ReturnType<NonNullable<NonNullable<MigrationStep['operations']>[string]>>

export const toSecond: MigrationStep = {
  from: '1.0.0',
  to: '1.1.0',
  records: { todos: (todo) => ({ ...todo, urgent: (todo['title'] as string).endsWith('!') }) },
  operations: {
    todos: ({ type, payload }): Content => {
      if (type === 'extend') return { type, payload: { minutes: (payload as { by: number }).by } }
      return { type, payload }
    },
  },
}

export const toThird: MigrationStep = {
  from: '1.1.0',
  to: '2.0.0',
  records: { todos: (todo) => inSeconds(todo) as typeof todo },
  operations: {
    todos: ({ type, payload }): Content => {
      if (type === 'delete') return { type, payload }
      return { type, payload: inSeconds(payload as Fields) as Content['payload'] }
    },
  },
}

export type AppVersion = '1.0.0' | '1.1.0' | '2.0.0'

/** Each version of the app, with what leads there. */
export const apps: Readonly<
  Record<AppVersion, { readonly schema: Schema; readonly steps: readonly MigrationStep[] }>
> = {
  '1.0.0': { schema: first, steps: [] },
  '1.1.0': { schema: second, steps: [toSecond] },
  '2.0.0': { schema: third, steps: [toSecond, toThird] },
}

export const pluginsOf = (version: AppVersion) => {
  const { steps } = apps[version]
  return steps.length === 0 ? [] : [migrations(steps)]
}
