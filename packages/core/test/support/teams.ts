import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  type Plugin,
  type SyncClient,
  type SyncClientOptions,
  type SyncState,
  type Transport,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment, type ManualEnvironment } from './manual-environment.ts'
import { localServer, twisted, type TwistedTransport } from './transports.ts'

const fields = z.object({ id: z.string(), title: z.string(), team: z.string().default('team-1') })

/** `tasks` say by a field which scope they go to; `notes` go to the only one. */
const teams = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields,
      conflict: fieldMerge({ onOverlap: 'ask' }),
      scope: (task) => task.team,
      operations: {
        hand: { input: z.object({ team: z.string() }), apply: (task, { team }) => ({ ...task, team }) },
        rename: { input: z.object({ title: z.string() }), apply: (task, { title }) => ({ ...task, title }) },
      },
    }),
    notes: collection({ fields: z.object({ id: z.string(), text: z.string() }) }),
  },
})

type Teams = (typeof teams)['collections']

export interface TeamClient extends AsyncDisposable {
  readonly client: SyncClient<Teams>
  readonly transport: TwistedTransport
  readonly environment: ManualEnvironment
  /** A run of every scope; the client stands still afterwards. */
  readonly sync: () => Promise<SyncState>
  /** The process ends and starts again on the same storage. */
  readonly restart: (options?: Partial<SyncClientOptions<Teams>>) => Promise<TeamClient>
}

/** A server whose users may read these scopes. */
export const teamServer = (options: Parameters<typeof localServer>[0] = {}): ((user: string) => Transport) =>
  localServer({ schema: teams, scopes: () => ['team-1', 'team-2', 'team-3'], ...options })

/** A client of several teams; it starts when it is told. */
export const openTeams = async (options: Partial<SyncClientOptions<Teams>> = {}): Promise<TeamClient> => {
  const user = options.user ?? 'u-1'
  const storage = options.storage ?? memoryStorage()
  const real = options.transport ?? teamServer()(user)
  const transport = twisted(real)
  const environment = manualEnvironment()
  const client = await createSyncClient<Teams, readonly Plugin[]>({
    schema: teams,
    scopes: ['team-1', 'team-2'],
    autoStart: false,
    environment,
    ...options,
    user,
    storage,
    transport,
  })
  return {
    client,
    transport,
    environment,
    async sync() {
      client.start()
      const state = await client.syncNow()
      client.pause()
      return state
    },
    async restart(changes = {}) {
      await client.close()
      return openTeams({ ...options, user, storage, transport: real, ...changes })
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
