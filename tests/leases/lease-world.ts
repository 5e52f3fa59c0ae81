import { copyFileSync } from 'node:fs'
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
      fields: z.object({
        id: z.string(),
        title: z.string(),
        text: z.string().default(''),
        team: z.string().default(scope),
      }),
      scope: ({ team }) => team,
      conflict: optimisticVersion(),
      operations: {
        append: {
          input: z.object({ words: z.string() }),
          apply: (report, { words }) => ({ ...report, text: `${report.text}${words}` }),
        },
      },
    }),
    reportLeases: leases(),
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string() }),
      conflict: optimisticVersion(),
    }),
  },
})

const plugin = () => singleWriter({ ttl, collections: { reports: 'reportLeases' } })

/** Another scope than `scope`, in which devices are that name none. */
export const elsewhere = 'team-2'

interface DeviceOptions {
  readonly file?: string
  /** How wrong the device's clock is, in milliseconds. */
  readonly clock?: number
  readonly scopes?: readonly string[]
}

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
  readonly device: (user: string, options?: DeviceOptions) => Promise<LeaseDevice>
  /** Copies the files of a device that is closed. */
  readonly copy: (file: string, to: string) => void
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
    scopes: () => [scope, elsewhere],
    environment: environmentOf(0),
  })
  const open = new Set<{ readonly close: () => Promise<void> }>()

  const device: LeaseWorld['device'] = async (user, options = {}) => {
    const { file = user, clock = 0, scopes = [scope] } = options
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
      scopes,
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
        return device(user, options)
      },
    }
  }

  return {
    url: server.url,
    tokens: server.tokens,
    device,
    copy: (file, to) => copyFileSync(folder.path(`${file}.db`), folder.path(`${to}.db`)),
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
