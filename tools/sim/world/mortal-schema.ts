import { collection, fieldMerge, lastWriteWins, operation, type CollectionLifetime } from '@holdfast/core'
import { z } from 'zod'
import { scopeOfId } from './scopes.ts'

const scope = ({ id }: { readonly id: string }): string => scopeOfId(id)

const signal = z.object({
  id: z.string(),
  text: z.string(),
  weight: z.number().default(0),
  beats: z.number().default(0),
})

/** What weighs so much is worth sending for long. */
export const heavy = 9

/** Collections of which operations do not live for ever, where the world has lifetimes. */
export const mortalCollections = {
  /** Each kind of operation lives as long as it is worth. */
  signals: collection({
    scope,
    fields: signal,
    conflict: fieldMerge({ onOverlap: 'ask', fields: { text: lastWriteWins() } }),
    operations: {
      beat: operation({
        input: z.object({ by: z.number() }),
        apply: (record: z.output<typeof signal>, { by }) => ({ ...record, beats: record.beats + by }),
      }),
    },
  }),
  /** Records that are worth something for a while. */
  flashes: collection({
    scope,
    fields: z.object({ id: z.string(), text: z.string() }),
    conflict: lastWriteWins(),
  }),
  /** At once or not at all. */
  views: collection({
    scope,
    fields: z.object({ id: z.string(), text: z.string() }),
    conflict: lastWriteWins(),
  }),
}

export type MortalName = keyof typeof mortalCollections

const weightOf = (payload: unknown): unknown =>
  typeof payload === 'object' && payload !== null && 'weight' in payload ? payload.weight : undefined

/** Told once more in model/lifetimes.ts. */
export const lifetimes: Readonly<Record<MortalName, CollectionLifetime>> = {
  signals: {
    operations: '3s',
    types: { create: '2s', beat: 1_500, delete: Infinity },
    when: ({ payload }) => (weightOf(payload) === heavy ? '100s' : undefined),
  },
  views: { operations: 'drop', types: { create: Infinity } },
  flashes: { records: '15s' },
}
