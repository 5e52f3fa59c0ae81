import {
  createSyncClient,
  manualConnectivity,
  type AnyCollection,
  type Operation,
  type Plugin,
  type Schema,
  type SyncClient,
  type SyncEvent,
  type SyncState,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { archive } from '@holdfast/plugins/archive'
import { compaction } from '@holdfast/plugins/compaction'
import { ttl } from '@holdfast/plugins/ttl'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import type { SkippingClock } from './clock.ts'
import { first, second, upgrade, type First, type Second, type Version } from './schema.ts'
import { scope } from './server.ts'
import { countingWire, type Wire } from './traffic.ts'

interface Common {
  readonly user: string
  readonly wire: Wire
  readonly events: readonly SyncEvent[]
  readonly online: (is: boolean) => void
  /** Syncs until it stands still. */
  readonly sync: () => Promise<SyncState>
}

/** A device with one of the two versions of the app. */
export type Device =
  | (Common & { readonly version: '1.0.0'; readonly client: SyncClient<First> })
  | (Common & { readonly version: '1.1.0'; readonly client: SyncClient<Second> })

export interface DeviceOptions {
  readonly user: string
  readonly filename: string
  readonly url: string
  readonly environment: SkippingClock
  /** What does not fit into the newer app's queue is folded before it is sent. */
  readonly compacts: boolean
  /** Gets what the device no longer keeps of operations that are over. */
  readonly onRemove: (operations: readonly Operation[]) => void
}

/** No other process has the file, and a clock that skips weeks would look at it at each second of them. */
const pollEvery = 3_600_000

/** A busy machine's server may be late. */
const mostTries = 20

const open = async <const TCollections extends Readonly<Record<string, AnyCollection>>>(
  schema: Schema<TCollections>,
  plugins: readonly Plugin[],
  { user, filename, url, environment }: DeviceOptions,
): Promise<Common & { readonly client: SyncClient<TCollections> }> => {
  const wire = countingWire()
  const network = manualConnectivity(false)
  const transport = trpcTransport({
    url,
    path: '',
    headers: () => ({ authorization: user }),
    fetch: wire.fetch,
    environment,
  })
  const client = await createSyncClient<TCollections, readonly Plugin[]>({
    schema,
    user,
    storage: sqliteStorage({ filename, durability: 'normal', environment, pollEvery }),
    transport,
    scopes: [scope],
    connectivity: network,
    environment,
    plugins,
    limits: { maxOps: 20_000 },
    pollEvery: 7_200_000,
    // What somebody will be asked about is shown before it is sent.
    preflight: { onRisk: { HIGH: 'attention' } },
  })
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))
  return {
    user,
    wire,
    client,
    events,
    online: (is) => network.set(is),
    async sync() {
      network.set(true)
      for (let tries = 0; ; tries += 1) {
        const state = await client.syncNow()
        if (state.status === 'synced' || state.status === 'attention') return state
        if (state.status !== 'waiting' || tries === mostTries)
          throw new Error(`The device of ${user} is ${JSON.stringify(state)} after a sync.`)
        environment.skip(state.retryAt - environment.clock.now())
      }
    },
  }
}

export const openDevice = async (version: Version, options: DeviceOptions): Promise<Device> => {
  const plugins: readonly Plugin[] = [ttl(), archive({ keep: 1_000, onRemove: options.onRemove })]
  if (version === '1.0.0') return { version, ...(await open(first, plugins, options)) }
  const newer = options.compacts ? [upgrade, compaction()] : [upgrade]
  return { version, ...(await open(second, [...plugins, ...newer], options)) }
}
