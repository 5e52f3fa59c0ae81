import { lacking } from '../plugin/core-parts.ts'
import type { PluginArchive } from '../plugin/plugin-client.ts'
import type { ClientParts } from './client-parts.ts'
import { knownServerTime, type OfPlugins } from './plugin-access.ts'
import { createPluginLayers } from './plugin-layers.ts'
import { createPluginPlaces } from './plugin-places.ts'
import type { ScopeRegistry } from './scope-registry.ts'

/** What plugins can do with a client that the app can't. */
export const createPluginReach = (
  { schema, settings, store, hooks, coreParts, session, events }: ClientParts,
  registry: ScopeRegistry,
): OfPlugins => {
  const { environment } = settings
  const { compaction, expiry, archive } = coreParts
  const passing = { store, schema, environment, hooks, tell: events.tell, onProblem: events.problem }
  return {
    ...createPluginPlaces({ store, schema, names: registry }),
    ...createPluginLayers({ store, schema, names: registry }),
    now: () => knownServerTime({ store, clock: environment.clock }, registry.names()),
    archive: archive?.open({ store, environment, session, scopes: registry.names }) ?? noArchive,
    async compact({ scope, ...request }) {
      if (compaction === undefined) throw lacking('compaction', 'client.compact()')
      return compaction.compact({ ...passing, scope }, request)
    },
    async expire() {
      if (expiry === undefined) throw lacking('expiry', 'client.expire()')
      const contexts = registry.names().map((scope) => ({ ...passing, scope, session }))
      const due = await Promise.all(contexts.flatMap((each) => [expiry.expire(each), expiry.hide(each)]))
      const known = due.filter((ms) => ms !== undefined)
      return known.length === 0 ? undefined : Math.min(...known)
    },
  }
}

const failing = async (): Promise<never> => {
  throw lacking('archive', 'client.archive')
}

const noArchive: PluginArchive = { size: failing, clean: failing }
