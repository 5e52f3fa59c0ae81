import {
  collection,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  manual,
  operation,
  optimisticVersion,
  type SyncClient,
} from '@holdfast/core'
import { z } from 'zod'
import type { AppPlugin } from './app-plugins.ts'
import { guardedCollections, type GuardedName } from './guarded-schema.ts'
import { lifetimes, mortalCollections, type MortalName } from './mortal-schema.ts'
import { oldParcels, parcels, versionOf, type AppVersion } from './parcel-schema.ts'
import { scopeOfId } from './scopes.ts'
import { variedCollections, type VariedName } from './varied-schema.ts'

const scope = ({ id }: { readonly id: string }): string => scopeOfId(id)

/** What the simulated apps keep. Its rules are told once more, independently, in `model/rules.ts`. */

const task = z.object({
  id: z.string(),
  title: z.string(),
  priority: z.number(),
  done: z.boolean().default(false),
  votes: z.number().default(0),
  note: z.string().optional(),
})

const card = z.object({ id: z.string(), team: z.string(), title: z.string(), rank: z.number() })

const log = z.object({ id: z.string(), text: z.string().max(45), mark: z.string() })

const solo = z.object({ id: z.string(), label: z.string(), tally: z.number().default(0) })

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    /** Field by field: one field asks, one is settled by time. */
    tasks: collection({
      scope,
      fields: task,
      indexes: [['done', 'priority']],
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
    }),
    /** The later write wins. Texts that grow past the limit on the server are refused there. */
    logs: collection({
      scope,
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
      scope,
      fields: z.object({ id: z.string(), amount: z.number(), label: z.string() }),
      conflict: optimisticVersion(),
    }),
    /** Every overlap asks, and a deletion always stands. */
    pages: collection({
      scope,
      fields: z.object({ id: z.string(), heading: z.string(), body: z.string() }),
      conflict: manual(),
      deletes: 'deleteWins',
    }),
    /** Each record is written by one client alone: it must never meet itself. */
    solos: collection({
      scope,
      fields: solo,
      conflict: fieldMerge({ onOverlap: 'ask' }),
      operations: {
        add: operation({
          input: z.object({ by: z.number() }),
          apply: (record: z.output<typeof solo>, { by }) => ({ ...record, tally: record.tally + by }),
          compose: (first, second) => ({ by: first.by + second.by }),
        }),
      },
    }),
    /** They go from scope to scope. */
    cards: collection({
      scope: ({ team }) => team,
      fields: card,
      conflict: fieldMerge({ onOverlap: 'ask', fields: { rank: lastWriteWins() } }),
      indexes: ['rank', ['team', 'title']],
    }),
    /** Each says something about a task. */
    notes: collection({
      scope,
      fields: z.object({ id: z.string(), text: z.string(), task: z.string() }),
      conflict: lastWriteWins(),
      references: { task: 'tasks' },
    }),
    ...variedCollections,
    ...guardedCollections,
    ...mortalCollections,
    parcels,
  },
})

export type SimSchema = typeof schema

const newSchema: SimSchema = defineSchema({ ...schema, version: versionOf.new })

/** The app of before. */
const oldSchema = defineSchema({
  version: versionOf.old,
  collections: { ...schema.collections, parcels: oldParcels },
}) as unknown as SimSchema

/** The same app, where some operations do not live for ever. */
const withLifetimes = ({ version, collections }: SimSchema): SimSchema =>
  defineSchema({
    version,
    collections: {
      ...collections,
      signals: { ...collections.signals, lifetime: lifetimes.signals },
      views: { ...collections.views, lifetime: lifetimes.views },
      flashes: { ...collections.flashes, lifetime: lifetimes.flashes },
    },
  })

const apps = { one: schema, old: oldSchema, new: newSchema }
const mortalApps = {
  one: withLifetimes(schema),
  old: withLifetimes(oldSchema),
  new: withLifetimes(newSchema),
}

interface Kind {
  readonly lifetimes: boolean
  readonly upgrades: boolean
}

export const schemaOf = ({ lifetimes: isMortal, upgrades }: Kind, version: AppVersion): SimSchema =>
  (isMortal ? mortalApps : apps)[upgrades ? version : 'one']

/** A client of the simulated app. */
export type Client = SyncClient<SimSchema['collections'], readonly AppPlugin[]>
/** Its records go from scope to scope: their ids don't say where they are. */
export const isMovable = (collection: string): boolean => collection === 'cards' || collection === 'forms'

/** Leases are asked for, and not written. */
export type CollectionName = Exclude<keyof SimSchema['collections'], 'formLeases'>

/** Those that are in every world. */
export type PlainName = Exclude<CollectionName, VariedName | GuardedName | MortalName | 'parcels'>
export const plainNames: readonly PlainName[] = [
  'tasks',
  'logs',
  'prices',
  'pages',
  'solos',
  'cards',
  'notes',
]

/** A write that contains it is refused by the server's `authorize`. */
export const poison = 'POISON'
