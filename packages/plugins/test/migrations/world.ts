import {
  createSyncClient,
  type AnyCollection,
  type Environment,
  type Plugin,
  type SyncClient,
  type SyncClientOptions,
  type Transport,
} from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { Tabs } from '@holdfast/core/tabs'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { apps, pluginsOf, type AppVersion } from './app.ts'

/** A client whose types are those of no version. */
export type AnyClient = SyncClient<Readonly<Record<string, AnyCollection>>>

export interface Device {
  readonly storage: StorageAdapter
  readonly open: (version: AppVersion, more?: OpenOptions) => Promise<AnyClient>
}

export interface OpenOptions {
  readonly plugins?: readonly Plugin[]
  readonly storage?: StorageAdapter
  readonly transport?: Transport
  readonly tabs?: Tabs
  readonly environment?: Environment
  readonly preflight?: NonNullable<SyncClientOptions<never>['preflight']>
  readonly onMigrating?: (progress: { readonly done: number }) => void
}

export type World = ReturnType<typeof openWorld>

/** Servers of any version over one database in memory, and devices that sync only when told. */
export const openWorld = () => {
  let state = createMemoryServerState()
  const servers = new Map<AppVersion, (user: string) => Transport>()
  let refused: string | undefined
  const serverOf = (version: AppVersion) => {
    const known = servers.get(version)
    if (known !== undefined) return known
    const { schema } = apps[version]
    const server = localServer({
      schema,
      store: memoryServerStore({ state }),
      plugins: pluginsOf(version),
      authorize: ({ after }) => refused === undefined || after?.['title'] !== refused,
    })
    servers.set(version, server)
    return server
  }
  /** Which server the next request of everybody goes to. */
  let running: AppVersion = '1.0.0'
  const through = (user: string): Transport => {
    const now = () => serverOf(running)(user)
    return {
      push: (...args) => now().push(...args),
      pull: (...args) => now().pull(...args),
      preflight: (...args) => now().preflight(...args),
      snapshot: (...args) => now().snapshot(...args),
      resume: (...args) => now().resume(...args),
    }
  }
  return {
    get state() {
      return state
    },
    /** Keeps the servers' database as it is; what is returned puts it back. */
    backUp(): () => void {
      const kept = copyMemoryServerState(state)
      return () => {
        state = kept
        servers.clear()
      }
    },
    run: (version: AppVersion): void => {
      running = version
    },
    /** A title that nobody may write. */
    refuse: (title: string | undefined): void => {
      refused = title
    },
    transport: through,
    device: (user: string, storage: StorageAdapter = memoryStorage()): Device => ({
      storage,
      open: async (version, more = {}) =>
        createSyncClient({
          schema: apps[version].schema,
          user,
          storage,
          transport: through(user),
          scopes: [scope],
          autoStart: false,
          environment: manualEnvironment(),
          plugins: pluginsOf(version),
          ...more,
        }),
    }),
  }
}

export const sync = async (client: AnyClient) => {
  client.start()
  const state = await client.syncNow()
  client.pause()
  return state
}

export const todosOf = async (client: AnyClient): Promise<readonly unknown[]> =>
  (await client.collections['todos']?.find({ orderBy: { id: 'asc' } })) ?? []
