import {
  collection,
  createSyncClient,
  defineSchema,
  manual,
  manualConnectivity,
  type SyncClient,
} from '@holdfast/core'
import { ttl } from '@holdfast/plugins/ttl'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope, twisted, type TwistedTransport } from '../../../core/test/support/transports.ts'
import { testEnvironment } from '../../../server/test/support/world.ts'

export const second = 1_000
export const minute = 60 * second
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
    brief: collection({ fields, lifetime: 2_000 }),
    disputed: collection({ fields, conflict: manual(), lifetime: '1h' }),
    mixed: collection({
      fields,
      lifetime: {
        types: { delete: '2h' },
        when: ({ payload }) =>
          (payload as { readonly text?: string } | null)?.text === 'temporary' ? '1h' : undefined,
      },
    }),
  },
})
export type Collections = (typeof schema)['collections']

export interface TtlDevice {
  readonly client: SyncClient<Collections>
  readonly transport: TwistedTransport
  readonly online: (is: boolean) => void
  readonly sync: () => Promise<unknown>
  /** The device's clock is set; no time passes. */
  readonly jump: (ms: number) => void
  /** Time passes, while the app runs. */
  readonly pass: (ms: number) => Promise<void>
  /** Time passes, while the device sleeps: its monotonic clock stands still. */
  readonly sleep: (ms: number) => void
  /** The app ends, and is opened again after some time. */
  readonly restart: (after?: number, options?: DeviceOptions) => Promise<TtlDevice>
  readonly fate: (id: string) => Promise<string>
}

export interface DeviceOptions {
  readonly plugin?: boolean
  readonly isOnline?: boolean
}

export const openTtlWorld = (startAt = 1_750_000_000_000) => {
  const serverTime = testEnvironment()
  const store = memoryServerStore()
  const server = localServer({ schema, store, environment: serverTime })
  /** What really is the time. */
  let now = startAt
  serverTime.at(now)

  const open = async (
    name: string,
    storage: ReturnType<typeof memoryStorage>,
    wrong: number,
    { plugin = true, isOnline = true }: DeviceOptions,
  ): Promise<TtlDevice> => {
    const running = manualEnvironment(0)
    const start = now
    let offBy = wrong
    let asleep = 0
    const environment = {
      ...running,
      clock: {
        now: () => start + running.clock.now() + asleep + offBy,
        monotonic: () => running.clock.monotonic(),
      },
    }
    const transport = twisted(server(name))
    const connectivity = manualConnectivity(isOnline)
    const client = await createSyncClient({
      schema,
      user: name,
      storage,
      transport,
      connectivity,
      scopes: [scope],
      plugins: plugin ? [ttl()] : [],
      pollEvery: 24 * day,
      environment,
    })
    await settle()
    return {
      client: client as unknown as SyncClient<Collections>,
      transport,
      online: (is) => connectivity.set(is),
      sync: () => client.syncNow(),
      jump(ms) {
        offBy += ms
      },
      async pass(ms) {
        now += ms
        serverTime.at(now)
        running.advance(ms)
        // What gives others their turn meanwhile waits for a timer.
        for (let turn = 0; turn < 3; turn += 1) {
          await settle()
          running.advance(0)
        }
        await settle()
      },
      sleep(ms) {
        now += ms
        asleep += ms
        serverTime.at(now)
      },
      async restart(after = 0, options = {}) {
        await client.close()
        now += after
        serverTime.at(now)
        return open(name, storage, offBy, { plugin, isOnline: connectivity.isOnline(), ...options })
      },
      async fate(id) {
        return (await client.operations.get(id))?.fate.kind ?? 'unknown'
      },
    }
  }

  return {
    store,
    device: (name = 'ada', options: DeviceOptions = {}) => open(name, memoryStorage(), 0, options),
  }
}

/** What was set off by now is done. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
