import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  serverWins,
  optimisticVersion,
  counter,
  type ConflictStrategy,
  type Plugin,
  type Portable,
  type SyncClient,
  type SyncState,
  type Transport,
} from '@holdfast/core'
import { journal, journalEntries, type JournalApi, type JournalOptions } from '@holdfast/plugins/journal'
import type { ServerStore, SyncOptions } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment, type ManualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { testEnvironment, type Caller } from '../../../server/test/support/world.ts'

const fields = z.object({
  id: z.string(),
  title: z.string().max(65_536),
  text: z.string().max(65_536).default(''),
  due: z.date().optional(),
  shape: z.union([z.string().max(65_536), z.unknown()]).optional(),
  first: z.string().max(65_536).optional(),
  second: z.string().max(65_536).optional(),
  votes: counter(),
})

const textOf = (value: Portable | undefined): string => (typeof value === 'string' ? value : '')

/** Keeps both texts, one after the other. */
const both: ConflictStrategy = {
  name: 'both',
  resolve: ({ fields: disputed, local, remote }) => ({
    take: 'merged',
    patch: Object.fromEntries(
      disputed.map((field) => [field, `${textOf(remote.values[field])}+${textOf(local.values[field])}`]),
    ),
  }),
}

const withoutDue = (record: z.output<typeof fields>) => {
  const { due: _, ...rest } = record
  return rest
}

const appended = (record: z.output<typeof fields>, words: string) => ({
  ...record,
  title: `${record.title}${words}`,
})

/** One collection for each way to settle, and the journal. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    latest: collection({
      fields,
      conflict: lastWriteWins(),
      operations: { forgetDue: { input: z.null(), apply: withoutDue } },
    }),
    official: collection({ fields, conflict: serverWins() }),
    nested: collection({
      fields,
      conflict: fieldMerge({ onOverlap: 'ask', fields: { title: lastWriteWins() } }),
    }),
    joined: collection({ fields, conflict: both }),
    doomed: collection({ fields, deletes: 'deleteWins' }),
    mourned: collection({ fields, deletes: 'ask' }),
    strict: collection({ fields, conflict: optimisticVersion() }),
    retried: collection({
      fields,
      conflict: optimisticVersion({ onConflict: 'retry' }),
      deletes: 'editWins',
      operations: { append: { input: z.string(), apply: appended } },
    }),
    journal: journalEntries(),
  },
})

export type Collections = (typeof schema)['collections']
export type Settling = Exclude<keyof Collections, 'journal'>

export interface Device {
  readonly client: SyncClient<Collections, readonly Plugin<'journal', JournalApi>[]>
  readonly journal: JournalApi
  readonly environment: ManualEnvironment
  /** Otherwise it is offline. */
  readonly sync: () => Promise<SyncState>
}

export interface JournalWorld extends AsyncDisposable {
  readonly store: ServerStore<undefined>
  readonly mine: Device
  readonly theirs: Device
  /** Each syncs until all have everything. */
  readonly meet: () => Promise<void>
  /** Default: in the one scope of the others. */
  readonly device: (user: string, scopes?: readonly string[]) => Promise<Device>
}

export interface WorldOptions extends Partial<JournalOptions> {
  readonly server?: Partial<SyncOptions<Caller, undefined>>
  /** What comes between a user's device and the server. */
  readonly between?: (transport: Transport, user: string) => Transport
}

/** Two devices over a server in memory, whose clocks a test moves by hand. */
export const openWorld = async ({
  server: options = {},
  between = (transport) => transport,
  ...given
}: WorldOptions = {}): Promise<JournalWorld> => {
  const plugin = journal({ collection: 'journal', ...given })
  const store = options.store ?? memoryServerStore()
  const environment = testEnvironment()
  const server = localServer({ schema, plugins: [plugin], environment, ...options, store })
  const devices: Device[] = []

  const device = async (user: string, scopes = [scope] as readonly string[]): Promise<Device> => {
    const clock = manualEnvironment()
    const client = await createSyncClient({
      schema,
      user,
      storage: memoryStorage(),
      transport: between(server(user), user),
      scopes,
      autoStart: false,
      environment: clock,
      plugins: [plugin],
    })
    const opened: Device = {
      client,
      journal: client.plugins.journal,
      environment: clock,
      async sync() {
        client.start()
        const state = await client.syncNow()
        client.pause()
        return state
      },
    }
    devices.push(opened)
    return opened
  }

  const [mine, theirs] = [await device('ann'), await device('ben')]
  return {
    store,
    mine,
    theirs,
    device,
    async meet() {
      for (let round = 0; round < 2; round += 1) for (const { sync } of devices) await sync()
    },
    async [Symbol.asyncDispose]() {
      for (const { client } of devices) await client.close()
    },
  }
}

/** From now on their changes are later than mine. */
export const later = ({ theirs }: Pick<JournalWorld, 'theirs'>): void => theirs.environment.advance(1000)

/** Both change the title of one record; mine is there first, theirs was made later. */
export const dispute = async (
  world: Pick<JournalWorld, 'mine' | 'theirs' | 'meet'>,
  name: Settling,
  titles: readonly [mine: string, theirs: string] = ['mine', 'theirs'],
  id = 'r',
): Promise<void> => {
  const { mine, theirs, meet } = world
  if ((await mine.client.collections[name].get(id)) === undefined)
    await mine.client.collections[name].create({ id, title: 'start' })
  await meet()
  await mine.client.collections[name].update(id, { title: titles[0] })
  later(world)
  await theirs.client.collections[name].update(id, { title: titles[1] })
  await meet()
}
