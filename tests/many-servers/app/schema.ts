import { collection, counter, defineSchema, manual, operation, serverWins } from '@holdfast/core'
import { z } from 'zod'

/** Every record says where it belongs, in words that stand nowhere else. */
const place = z.string()

const stock = z.object({ id: z.string(), place, left: z.int() })

export const manySchema = defineSchema({
  version: '1.0.0',
  collections: {
    /** Made by everybody, changed by everybody: what two change at once is asked. */
    notes: collection({
      fields: z.object({ id: z.string(), place, title: z.string(), text: z.string() }),
      conflict: manual(),
      scope: (record) => record.place,
    }),
    /** Counted by everybody. */
    counters: collection({
      fields: z.object({ id: z.string(), place, count: counter() }),
      conflict: manual(),
      scope: (record) => record.place,
    }),
    /** Taken from by everybody while something is left: the server decides. */
    stocks: collection({
      fields: stock,
      conflict: serverWins(),
      scope: (record) => record.place,
      operations: {
        take: operation({
          input: z.object({ amount: z.int().positive() }),
          apply: (record: z.output<typeof stock>, { amount }) => ({ ...record, left: record.left - amount }),
        }),
      },
    }),
  },
})

export type ManyCollections = (typeof manySchema)['collections']

const scopes: readonly string[] = ['north', 'east', 'south', 'west'].map((name) => `the-${name}-team`)

/** Who makes what all others change; is in all scopes. */
export const founder = 'founder'

/** Each user is in all scopes but one. */
export const scopesOf = (user: string): readonly string[] => {
  if (user === founder) return scopes
  const foreign = Number(/\d+$/.exec(user)?.[0] ?? 0) % scopes.length
  return scopes.filter((_, index) => index !== foreign)
}

export const foreignScopesOf = (user: string): readonly string[] =>
  scopes.filter((scope) => !scopesOf(user).includes(scope))

export const opening = 40

const perScope = { notes: 8, counters: 6, stocks: 2 }

/** Ids of the shared records of a scope. */
export const sharedIds = (kind: keyof typeof perScope, scope: string): readonly string[] =>
  Array.from({ length: perScope[kind] }, (_, index) => `${scope}-${kind}-${index}`)
