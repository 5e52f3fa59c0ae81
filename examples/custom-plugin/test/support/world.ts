import { firstValueFrom, filter, ReplaySubject } from 'rxjs'
import { hasCode, type Logger, type Plugin, type SyncError } from '@holdfast/core'
import type { Commit, ServerPlugin } from '@holdfast/server'
import type { StorageAdapter } from '@holdfast/core/storage'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openDevice } from '../../src/app/device.ts'
import { formerSchema, schema } from '../../src/app/schema.ts'
import { startServer, type Server } from '../../src/app/server.ts'
import { audit } from '../../src/audit/audit.ts'

export const key = new Uint8Array(32).fill(7)
const naming = { secret: 'note', formerly: 'text' }

export interface World extends AsyncDisposable {
  readonly server: Server
  readonly journal: readonly Commit[]
  readonly open: (user: string, ...more: readonly Plugin[]) => ReturnType<typeof openUpdated>
  readonly openFormer: (user: string, storage?: StorageAdapter) => ReturnType<typeof openFormer>
  /** The app of today on what is stored; not closed at the end. */
  readonly reopen: (
    user: string,
    storage: StorageAdapter,
    ...more: readonly Plugin[]
  ) => ReturnType<typeof openUpdated>
  /** What devices and server logged as failures of a plugin, from the start. */
  readonly failures$: ReplaySubject<Failure>
  /** The first failure of the plugin `broken` in this hook, now or later. */
  readonly failureIn: (hook: string) => Promise<Failure>
}

export interface Failure {
  readonly plugin: unknown
  readonly hook: unknown
}

interface Who {
  readonly url: string
  readonly user: string
  readonly storage?: StorageAdapter | undefined
}

const openUpdated = ({ storage = memoryStorage(), ...who }: Who, logger: Logger, more: readonly Plugin[]) =>
  openDevice({ schema, ...who, storage, logger, plugins: [audit({ ...naming, key }), ...more] as const })

const openFormer = ({ storage = memoryStorage(), ...who }: Who) =>
  openDevice({
    schema: formerSchema,
    ...who,
    storage,
    plugins: [audit({ key, secret: 'text', formerly: 'text' })] as const,
  })

export const detailsOf = (error: unknown): SyncError<'PLUGIN_FAILED'>['details'] | undefined =>
  hasCode(error, 'PLUGIN_FAILED') ? error.details : undefined

interface WorldOptions {
  readonly plugins?: readonly ServerPlugin[]
  readonly former?: readonly ServerPlugin[]
}

/** A server with the plugin's half, and devices that are closed at the end. */
export const openWorld = async ({ plugins: more = [], former }: WorldOptions = {}): Promise<World> => {
  const journal: Commit[] = []
  const failures$ = new ReplaySubject<Failure>()
  const server = await startServer({
    plugins: [audit({ ...naming, journal: (line) => journal.push(line) }), ...more],
    former,
    logger: { error: (_message, { plugin, hook }) => failures$.next({ plugin, hook }) },
  })
  const { url } = server
  const logger: Logger = {
    debug: () => undefined,
    error(_message, error) {
      const details = detailsOf(error)
      if (details !== undefined) failures$.next(details)
    },
  }
  const close: (() => Promise<void>)[] = []
  const closing = <TDevice extends { readonly client: { readonly close: () => Promise<void> } }>(
    device: TDevice,
  ): TDevice => {
    close.push(device.client.close)
    return device
  }
  return {
    server,
    journal,
    failures$,
    open: async (user, ...plugins) => closing(await openUpdated({ url, user }, logger, plugins)),
    openFormer: async (user, storage) => closing(await openFormer({ url, user, storage })),
    reopen: (user, storage, ...plugins) => openUpdated({ url, user, storage }, logger, plugins),
    failureIn: (hook) =>
      firstValueFrom(
        failures$.pipe(filter((failure) => failure.plugin === 'broken' && failure.hook === hook)),
      ),
    async [Symbol.asyncDispose]() {
      for (const each of close) await each()
      await server.stop()
    },
  }
}
