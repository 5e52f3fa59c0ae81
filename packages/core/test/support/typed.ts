import {
  collection,
  counter,
  createSyncClient,
  defineSchema,
  fieldMerge,
  orSet,
  registerMap,
  type AnyCollection,
  type Schema,
  type SyncClient,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment } from './manual-environment.ts'
import { localServer, scope } from './transports.ts'
import { untilStatus } from './until.ts'

/** One collection with each field type of core. */
export const typedSchema = defineSchema({
  version: '1.0.0',
  collections: {
    things: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().default(''),
        votes: counter(),
        tags: orSet(z.string()),
        meta: registerMap(z.string()),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
      indexes: ['votes'],
      operations: {
        like: {
          input: z.object({ by: z.number() }),
          apply: (thing, { by }) => ({ ...thing, votes: thing.votes + by }),
        },
      },
    }),
  },
})

export type TypedCollections = (typeof typedSchema)['collections']

type Collections = Readonly<Record<string, AnyCollection>>

export interface Devices<TCollections extends Collections> extends AsyncDisposable {
  readonly clients: readonly SyncClient<TCollections>[]
  /** Each syncs in turn, as often as asked, so that all have everything. */
  readonly meet: (rounds?: number) => Promise<void>
}

/** Devices of users of their own over one server in memory, which sync only when told. */
export const openDevices = async <const TCollections extends Collections>(
  schema: Schema<TCollections>,
  count: number,
  options: Parameters<typeof localServer>[0] = {},
): Promise<Devices<TCollections>> => {
  const server = localServer({ schema, ...options })
  const clients = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      createSyncClient({
        schema,
        user: `u-${index}`,
        storage: memoryStorage(),
        transport: server(`u-${index}`),
        scopes: [scope],
        autoStart: false,
        environment: manualEnvironment(),
      }),
    ),
  )
  return {
    clients,
    async meet(rounds = 2) {
      for (let round = 0; round < rounds; round += 1) {
        for (const client of clients) {
          client.start()
          await client.syncNow()
          await untilStatus(client, 'synced')
          client.pause()
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close()
    },
  }
}
