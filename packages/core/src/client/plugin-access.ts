import type { Clock } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import { logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { PluginClient } from '../plugin/plugin-client.ts'
import type { Store } from '../storage/store.ts'

/** What the app's client does not have. */
export type OfPlugins = Pick<
  PluginClient,
  'now' | 'archive' | 'compact' | 'expire' | 'clientId' | 'scopeOf' | 'scopeOf$' | 'layersOf'
>

/** Plugins are set up before the client is there, and get it from here afterwards. */
export interface PluginAccess {
  /** @throws SyncError CLOSED before it is given */
  readonly client: () => PluginClient
  readonly started: Promise<PluginClient>
  /** Of a client whose collections are those of any schema: what plugins pass is checked when they call. */
  readonly give: (client: object, more: OfPlugins) => void
}

export const createPluginAccess = (): PluginAccess => {
  let given: PluginClient | undefined
  let start: (client: PluginClient) => void = () => undefined
  const started = new Promise<PluginClient>((resolve) => {
    start = resolve
  })
  return {
    started,
    client() {
      if (given !== undefined) return given
      throw new SyncError('CLOSED', 'The client is not there yet: ask for it in a hook or later.', {})
    },
    give(client, more) {
      given = { ...(client as Omit<PluginClient, keyof typeof more>), ...more }
      start(given)
    },
  }
}

interface Source {
  readonly store: Store
  readonly clock: Clock
}

/** By what the first scope knows that knows it: one server answers for all of them. */
export const knownServerTime = async (
  { store, clock }: Source,
  scopes: readonly string[],
): Promise<number> => {
  const stored = await store.read(scopes.map((scope) => ({ get: logKey(scope) })))
  const offsets = stored.flatMap((entry) => logHeadOf(entry?.value).clockOffset ?? [])
  return clock.now() + (offsets[0] ?? 0)
}
