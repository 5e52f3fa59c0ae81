import {
  createSyncClient,
  manualConnectivity,
  type ManualConnectivity,
  type Plugin,
  type SyncClient,
  type SyncClientOptions,
  type SyncState,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { schema, type Collections } from '../../packages/core/test/support/schema.ts'
import { databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { temporaryFolder, type Folder } from './folder.ts'
import { startProxy, type Proxy } from './proxy.ts'
import { scope, startServer, type ServerOptions, type TestServer } from './server.ts'

export interface Device {
  readonly client: SyncClient<Collections>
  readonly environment: ManualEnvironment
  readonly connectivity: ManualConnectivity
  readonly token: string
  /** Starts where it is not started, and runs once. */
  readonly sync: () => Promise<SyncState>
  /** Fires what waits until the client stands still in `synced` or `blocked`. */
  readonly settle: () => Promise<SyncState>
  /** The process ends and starts again: a new client on the same files. */
  readonly restart: () => Promise<Device>
}

type DeviceOptions = Partial<SyncClientOptions<Collections>> & { readonly file?: string }

export interface WorldOptions extends Omit<ServerOptions, 'schema' | 'database'> {
  readonly schema?: ServerOptions['schema']
  /** Of the server. Default: SQLite. */
  readonly database?: DatabaseName
}

export interface World extends AsyncDisposable {
  readonly server: TestServer
  readonly proxy: Proxy
  readonly folder: Folder
  /** A device of this user: a SQLite file of its own, behind the proxy. Logged in, not started. */
  readonly device: (name: string, options?: DeviceOptions) => Promise<Device>
}

/** A server, a proxy in front of it, and any number of devices; all real but the devices' clocks. */
export const openWorld = async ({
  database: name = 'SQLite',
  ...options
}: WorldOptions = {}): Promise<World> => {
  const folder = temporaryFolder()
  const database = await databases[name]()
  const server = await startServer({ schema, database, ...options })
  const proxy = await startProxy(server.url)
  const clients = new Set<SyncClient<Collections>>()

  const device: World['device'] = async (name, { file = name, ...given } = {}) => {
    const environment = manualEnvironment()
    const connectivity = manualConnectivity()
    const user = given.user ?? name
    const token = `token of ${user}`
    if (!server.tokens.has(token)) server.tokens.set(token, { id: user })
    const client = await createSyncClient<Collections, readonly Plugin[]>({
      schema,
      user,
      storage: sqliteStorage({ filename: folder.path(`${file}.db`), durability: 'normal', environment }),
      transport: trpcTransport({
        url: `${proxy.url}/trpc`,
        headers: () => ({ authorization: `Bearer ${token}` }),
        transformer: 'none',
        environment,
      }),
      scopes: [scope],
      autoStart: false,
      environment,
      connectivity,
      ...given,
    })
    clients.add(client)
    const sync = (): Promise<SyncState> => {
      client.start()
      return client.syncNow()
    }
    return {
      client,
      environment,
      connectivity,
      token,
      sync,
      async settle() {
        for (;;) {
          const state = await sync()
          if (state.status === 'synced' || state.status === 'blocked') return state
          if (state.status === 'waiting') environment.advance(state.retryAt - environment.clock.now())
        }
      },
      async restart() {
        clients.delete(client)
        await client.close()
        return device(name, { file, ...given })
      },
    }
  }

  return {
    server,
    proxy,
    folder,
    device,
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients].map((client) => client.close()))
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}
