import {
  createSyncClient,
  manualConnectivity,
  type Plugin,
  type SyncClient,
  type SyncClientOptions,
  type SyncEvent,
} from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { archive, type ArchiveApi, type ArchiveOptions } from '@holdfast/plugins/archive'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { Observable } from 'rxjs'
import { expect } from 'vitest'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { schema, type Collections } from '../../../core/test/support/schema.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

export const day = 86_400_000

export interface ArchiveDevice {
  readonly client: SyncClient<Collections, readonly Plugin<'archive', ArchiveApi>[]>
  /** A run that ends well, and the cleaning after it. */
  readonly sync: () => Promise<void>
  /** So many operations, one after the other, each of a record of its own. */
  readonly write: (count: number, name?: string) => Promise<readonly string[]>
}

type Options = Omit<Partial<SyncClientOptions<Collections>>, 'plugins'>

/** A server in memory that can be set back, and devices that share its clock. */
export const openArchiveWorld = () => {
  const environment = manualEnvironment()
  const state = createMemoryServerState()
  const server = localServer({
    store: memoryServerStore({ state }),
    environment,
    authorize: ({ after }) => after?.['title'] !== 'forbidden',
  })
  const opened: ArchiveDevice['client'][] = []

  const device = async (
    options: ArchiveOptions,
    {
      storage = memoryStorage(),
      user = 'u-1',
      isMortal = false,
      ...given
    }: Options & { readonly storage?: StorageAdapter; readonly isMortal?: boolean } = {},
  ): Promise<ArchiveDevice> => {
    const client = await createSyncClient({
      ...{ schema, user, storage, scopes: [scope], transport: server(user), autoStart: false, environment },
      connectivity: manualConnectivity(),
      ...given,
      plugins: [archive(options)],
    })
    // What died can't be closed.
    if (!isMortal) opened.push(client)
    return {
      client,
      async sync() {
        client.start()
        expect(await client.syncNow()).toMatchObject({ status: 'synced' })
        client.pause()
        await client.plugins.archive.size()
      },
      async write(count, name = 'r') {
        const made: string[] = []
        for (let index = 0; index < count; index += 1) {
          const record = { id: `${name}-${index}`, title: `${index}` }
          made.push((await client.collections.tasks.create(record)).operationId)
        }
        return made
      },
    }
  }

  return {
    environment,
    server,
    device,
    backUp: () => copyMemoryServerState(state),
    restore(backup: typeof state) {
      const { scopes, clients } = copyMemoryServerState(backup)
      state.scopes.clear()
      state.clients.clear()
      for (const [name, snapshot] of scopes) state.scopes.set(name, snapshot)
      for (const [id, binding] of clients) state.clients.set(id, binding)
    },
    async [Symbol.asyncDispose]() {
      for (const client of opened) await client.close()
    },
  }
}

/** Which of them the device still knows, by their place in the list. */
export const known = async (
  { client }: ArchiveDevice,
  ids: readonly string[],
): Promise<readonly number[]> => {
  const found = await Promise.all(ids.map((id) => client.operations.get(id)))
  return found.flatMap((operation, index) => (operation === undefined ? [] : [index]))
}

/** What tells of a history that the server lost. */
export const lossesIn = ({ events$ }: { readonly events$: Observable<SyncEvent> }): readonly SyncEvent[] => {
  const told: SyncEvent[] = []
  events$.subscribe((event) => {
    if (event.type === 'notSentAgain' || event.type === 'resetFinished') told.push(event)
  })
  return told
}

/** Of six operations the archive keeps two, and the server is about to lose them all. @returns what it goes back to */
export const cleanWhatWillBeLost = async (
  world: ReturnType<typeof openArchiveWorld>,
  device: ArchiveDevice,
) => {
  await device.write(4, 'before')
  await device.sync()
  const backup = world.backUp()
  await device.write(6, 'after')
  await device.sync()
  await expect.poll(() => device.client.plugins.archive.size()).toBe(2)
  return backup
}
