import {
  createSyncClient,
  manualConnectivity,
  type ManualConnectivity,
  type Plugin,
  type SyncClient,
  type SyncClientOptions,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { manualEnvironment, type ManualEnvironment } from './manual-environment.ts'
import { schema, type Collections } from './schema.ts'
import { localServer, scope, twisted, type TwistedTransport } from './transports.ts'

export interface TestClient extends AsyncDisposable {
  readonly client: SyncClient<Collections>
  readonly transport: TwistedTransport
  readonly environment: ManualEnvironment
  readonly connectivity: ManualConnectivity
  /** The same device after a crash: the old client is closed, a new one opens on the same storage. */
  readonly restart: () => Promise<TestClient>
}

type Options = Partial<SyncClientOptions<Collections>>

/** A client on a server of its own, where none is given; it starts when it is told. */
export const openClient = async (options: Options = {}): Promise<TestClient> => {
  const environment = manualEnvironment()
  const connectivity = manualConnectivity()
  const storage = options.storage ?? memoryStorage()
  const user = options.user ?? 'u-1'
  const transport = twisted(options.transport ?? localServer()(user))
  const all = { schema, user, storage, scopes: [scope] as const, autoStart: false, environment, connectivity }
  const client = await createSyncClient<Collections, readonly Plugin[]>({ ...all, ...options, transport })
  return {
    client,
    transport,
    environment,
    connectivity,
    async restart() {
      await client.close()
      return openClient({ ...options, storage, user, transport: options.transport ?? transport })
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** Starts the client where it has not started, and waits for the end of a run. */
export const sync = async ({
  client,
}: Pick<TestClient, 'client'>): ReturnType<SyncClient<Collections>['syncNow']> => {
  client.start()
  return client.syncNow()
}
