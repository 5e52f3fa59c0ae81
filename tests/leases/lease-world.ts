import {
  collection,
  createSyncClient,
  defineSchema,
  manualConnectivity,
  optimisticVersion,
  systemEnvironment,
  type Environment,
  type ManualConnectivity,
  type SyncClient,
  type SyncState,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { leases, singleWriter, type SingleWriterApi } from '@holdfast/plugins/single-writer'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { z } from 'zod'
import { databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer } from '../harness/server.ts'

export const ttl = 60_000

export const leaseSchema = defineSchema({
  version: '1.0.0',
  collections: {
    reports: collection({
      fields: z.object({ id: z.string(), title: z.string(), text: z.string().default('') }),
      conflict: optimisticVersion(),
      operations: {
        append: {
          input: z.object({ words: z.string() }),
          apply: (report, { words }) => ({ ...report, text: `${report.text}${words}` }),
        },
      },
    }),
    reportLeases: leases(),
    notes: collection({ fields: z.object({ id: z.string(), title: z.string() }) }),
  },
})

const plugin = () => singleWriter({ ttl, collections: { reports: 'reportLeases' } })

export interface LeaseDevice {
  readonly client: SyncClient<(typeof leaseSchema)['collections']>
  readonly leases: SingleWriterApi
  readonly connectivity: ManualConnectivity
  readonly sync: () => Promise<SyncState>
  /** The process ends and starts again on the same file. */
  readonly restart: () => Promise<LeaseDevice>
}

export interface LeaseWorld extends AsyncDisposable {
  readonly url: string
  readonly tokens: Map<string, { readonly id: string }>
  /** `clock`: how wrong the device's is, in milliseconds. */
  readonly device: (
    user: string,
    options?: { readonly file?: string; readonly clock?: number },
  ) => Promise<LeaseDevice>
  /** Time passes for everybody. */
  readonly pass: (ms: number) => void
}

/** A real server and devices with files of their own; only the time is told. */
export const openLeaseWorld = async (name: DatabaseName): Promise<LeaseWorld> => {
  let passed = 0
  const environmentOf = (wrong: number): Environment => ({
    ...systemEnvironment,
    clock: { ...systemEnvironment.clock, now: () => systemEnvironment.clock.now() + passed + wrong },
  })
  const folder = temporaryFolder()
  const database = await databases[name]()
  const server = await startServer({
    schema: leaseSchema,
    database,
    plugins: [plugin()],
    environment: environmentOf(0),
  })
  const open = new Set<{ readonly close: () => Promise<void> }>()

  const device: LeaseWorld['device'] = async (user, { file = user, clock = 0 } = {}) => {
    server.tokens.set(user, { id: user })
    const connectivity = manualConnectivity()
    const client = await createSyncClient({
      schema: leaseSchema,
      user,
      storage: sqliteStorage({ filename: folder.path(`${file}.db`), durability: 'normal' }),
      transport: trpcTransport({
        url: `${server.url}/trpc`,
        headers: () => ({ authorization: `Bearer ${user}` }),
        transformer: 'none',
      }),
      scopes: [scope],
      plugins: [plugin()],
      connectivity,
      environment: environmentOf(clock),
      pollEvery: 3_600_000,
    })
    open.add(client)
    return {
      client,
      leases: client.plugins.singleWriter,
      connectivity,
      sync: () => client.syncNow(),
      async restart() {
        open.delete(client)
        await client.close()
        return device(user, { file, clock })
      },
    }
  }

  return {
    url: server.url,
    tokens: server.tokens,
    device,
    pass(ms) {
      passed += ms
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map((client) => client.close()))
      await server[Symbol.asyncDispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}
