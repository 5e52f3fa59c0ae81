import {
  createSyncClient,
  type AnyCollection,
  type Plugin,
  type Schema,
  type SyncClient,
  type SyncClientOptions,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { manualEnvironment } from '../support/manual-environment.ts'
import { localServer, scope, twisted, type TwistedTransport } from '../support/transports.ts'

type Definitions = Readonly<Record<string, AnyCollection>>

export interface OpenedWith<TCollections extends Definitions> extends AsyncDisposable {
  readonly client: SyncClient<TCollections>
  readonly transport: TwistedTransport
}

/** A client of a schema of the test's own; it starts when it is told. */
export const openWith = async <TCollections extends Definitions>(
  schema: Schema<TCollections>,
  options: Partial<Omit<SyncClientOptions<TCollections>, 'schema'>> = {},
): Promise<OpenedWith<TCollections>> => {
  const user = options.user ?? 'u-1'
  const transport = twisted(options.transport ?? localServer({ schema })(user))
  const client = await createSyncClient<TCollections, readonly Plugin[]>({
    storage: memoryStorage(),
    scopes: [scope],
    autoStart: false,
    environment: manualEnvironment(),
    ...options,
    schema,
    user,
    transport,
  })
  return { client, transport, [Symbol.asyncDispose]: () => client.close() }
}

/** A run, and then no more: the device is offline for what comes. */
export const syncOnce = async <TCollections extends Definitions>({
  client,
}: {
  readonly client: SyncClient<TCollections>
}): Promise<SyncClient<TCollections>['state']> => {
  client.start()
  const state = await client.syncNow()
  client.pause()
  return state
}
