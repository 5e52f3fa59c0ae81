import {
  collection,
  createSyncClient,
  defineSchema,
  manualConnectivity,
  systemEnvironment,
  type Environment,
  type SyncClient,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { ttl } from '@holdfast/plugins/ttl'
import { expireRecords, type ExpireRecordsReport } from '@holdfast/server'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { z } from 'zod'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { twisted, type TwistedTransport } from '../../packages/core/test/support/transports.ts'
import { databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer } from '../harness/server.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const year = 365 * day

const fields = z.object({ id: z.string(), text: z.string().default('') })

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    drafts: collection({ fields, lifetime: Infinity }),
    cache: collection({ fields, lifetime: { operations: '24h', records: '24h' } }),
    flags: collection({ fields, lifetime: '1h' }),
    analytics: collection({ fields, lifetime: 'drop' }),
    brief: collection({ fields, lifetime: '2s' }),
  },
})
export type Collections = (typeof schema)['collections']

export interface LivingDevice {
  readonly client: SyncClient<Collections>
  readonly transport: TwistedTransport
  readonly online: (is: boolean) => void
  readonly sync: () => Promise<unknown>
  /** The device's clock is set; no time passes. */
  readonly jump: (ms: number) => void
  /** The process ends, and starts again on the same file after some time. */
  readonly restart: (after?: number) => Promise<LivingDevice>
  readonly fate: (operationId: string) => Promise<string>
}

export interface LivingWorld extends AsyncDisposable {
  /** Of the server and the devices that run. */
  readonly pass: (ms: number) => Promise<void>
  readonly device: (name: string, options?: { readonly plugin?: boolean }) => Promise<LivingDevice>
  /** The server's job. */
  readonly expireRecords: () => Promise<ExpireRecordsReport>
  /** Ids of the rows that the server has of a collection. */
  readonly rows: (collection: keyof Collections) => Promise<readonly string[]>
}

/** A real server on a real database, devices with files of their own; only time is told. */
export const openLivingWorld = async (name: DatabaseName): Promise<LivingWorld> => {
  let now = 1_750_000_000_000
  const folder = temporaryFolder()
  const database = await databases[name]()
  const environment: Environment = {
    ...systemEnvironment,
    clock: { ...systemEnvironment.clock, now: () => now },
  }
  const server = await startServer({ schema, database, environment })
  const running = new Map<string, ReturnType<typeof manualEnvironment>>()
  const open = new Set<{ readonly close: () => Promise<void> }>()

  const start = async (
    user: string,
    isOnline: boolean,
    wrong: number,
    plugin: boolean,
  ): Promise<LivingDevice> => {
    server.tokens.set(user, { id: user })
    const own = manualEnvironment(0)
    running.set(user, own)
    const began = now
    let offBy = wrong
    const connectivity = manualConnectivity(isOnline)
    const transport = twisted(
      trpcTransport({
        url: `${server.url}/trpc`,
        headers: () => ({ authorization: `Bearer ${user}` }),
        transformer: 'none',
      }),
    )
    const client = await createSyncClient({
      schema,
      user,
      storage: sqliteStorage({ filename: folder.path(`${user}.db`), durability: 'normal' }),
      transport,
      connectivity,
      scopes: [scope],
      plugins: plugin ? [ttl()] : [],
      pollEvery: 24 * day,
      environment: { ...own, clock: { ...own.clock, now: () => began + own.clock.now() + offBy } },
    })
    open.add(client)
    await settle()
    return {
      client: client as unknown as SyncClient<Collections>,
      transport,
      online: (is) => connectivity.set(is),
      sync: () => client.syncNow(),
      jump(ms) {
        offBy += ms
      },
      async restart(after = 0) {
        open.delete(client)
        running.delete(user)
        await client.close()
        await pass(after)
        return start(user, connectivity.isOnline(), offBy, plugin)
      },
      async fate(operationId) {
        return (await client.operations.get(operationId))?.fate.kind ?? 'unknown'
      },
    }
  }

  const pass = async (ms: number): Promise<void> => {
    now += ms
    for (const own of running.values()) own.advance(ms)
    // What gives others their turn meanwhile waits for a timer.
    for (let turn = 0; turn < 3; turn += 1) {
      await settle()
      for (const own of running.values()) own.advance(0)
    }
    await settle()
  }

  return {
    pass,
    expireRecords: () => expireRecords(database.store, { schema, environment, batch: 2 }),
    device: (user, { plugin = true } = {}) => start(user, true, 0, plugin),
    async rows(of) {
      const found = await database.store.read(scope, (tx) => tx.recordsAfter(undefined, 10_000))
      return found.filter(({ collection: its }) => its === of).map(({ id }) => id)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map((client) => client.close()))
      await server[Symbol.asyncDispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

/** What was set off by now on the devices is done: their databases answer within a few turns. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
