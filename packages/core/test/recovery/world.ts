import { systemEnvironment, type Fate, type SyncClientOptions } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { pruneSync, type PruneReport, type SyncOptions } from '@holdfast/server'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect } from 'vitest'
import { openClient, sync, type TestClient } from '../support/client.ts'
import type { Collections } from '../support/schema.ts'
import { localServer, scope } from '../support/transports.ts'

type ServerState = ReturnType<typeof createMemoryServerState>

export interface RecoveryWorld extends AsyncDisposable {
  readonly server: ReturnType<typeof localServer>
  readonly state: ServerState
  /** A process of a device; the first device's storage where none is given. Closed at the end. */
  readonly open: (options?: Partial<SyncClientOptions<Collections>>) => Promise<TestClient>
  readonly storage: StorageAdapter
  readonly backUp: () => ServerState
  /** The server has only what the backup has. */
  readonly restore: (backup: ServerState) => void
  /** The server's living records of a collection, by id, without the ids. */
  readonly serverRecords: (collection?: string) => Readonly<Record<string, unknown>>
}

type ServerOptions = Parameters<typeof localServer>[0]

/** A server in memory that can be set back, and devices whose storage can be copied. */
export const openWorld = (options: Partial<SyncOptions<never, undefined>> = {}): RecoveryWorld => {
  const state = createMemoryServerState()
  const server = localServer({ store: memoryServerStore({ state }), ...(options as ServerOptions) })
  const storage = memoryStorage()
  const opened: TestClient[] = []
  return {
    server,
    state,
    storage,
    async open(given = {}) {
      const user = given.user ?? 'u-1'
      const device = await openClient({ storage, transport: server(user), ...given })
      opened.push(device)
      return device
    },
    backUp: () => copyMemoryServerState(state),
    restore(backup) {
      const { scopes, clients } = copyMemoryServerState(backup)
      state.scopes.clear()
      state.clients.clear()
      for (const [name, snapshot] of scopes) state.scopes.set(name, snapshot)
      for (const [id, binding] of clients) state.clients.set(id, binding)
    },
    serverRecords(collection = 'tasks') {
      const rows = [...(state.scopes.get(scope)?.records.values() ?? [])]
      const living = rows.filter((row) => row.collection === collection && !row.deleted)
      return Object.fromEntries(living.map(({ id, data }) => [id, data['title']]))
    },
    async [Symbol.asyncDispose]() {
      for (const { client } of opened) await client.close()
    },
  }
}

/** What a copy of the device's files is. */
export const copyOf = async (storage: StorageAdapter, user = 'u-1'): Promise<StorageAdapter> => {
  const copy = memoryStorage()
  const from = await storage.open(user)
  const to = await copy.open(user)
  const [all] = await from.read([{ scan: '' }])
  if (all.length > 0) await to.commit({ expect: [], writes: all.map(({ key, value }) => ({ key, value })) })
  await from.close()
  await to.close()
  return copy
}

/** A run that ends well; the client stands still afterwards. */
export const syncWell = async (device: TestClient): Promise<void> => {
  const state = await sync(device)
  expect(state).toMatchObject({ status: 'synced' })
  device.client.pause()
}

/** The titles that a device shows, by id. */
export const shown = async ({ client }: TestClient): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await client.collections.tasks.find()).map(({ id, title }) => [id, title]))

export const fateOf = async (
  { client }: TestClient,
  operationId: string,
): Promise<Fate['kind'] | undefined> => (await client.operations.get(operationId))?.fate.kind

export const versionOf = (state: ServerState, id: string): number | undefined =>
  [...(state.scopes.get(scope)?.records.values() ?? [])].find((row) => row.id === id)?.version

const day = 86_400_000

/** The server forgets all that is older than a month, so many days from now. */
export const prune = (state: ServerState, days: number): Promise<PruneReport> => {
  const { clock } = systemEnvironment
  const later = { ...clock, now: () => clock.now() + days * day }
  const environment = { ...systemEnvironment, clock: later }
  return pruneSync(memoryServerStore({ state }), { olderThan: 30 * day, environment })
}
