import type { Environment } from '../base/environment.ts'
import { takingTurns } from '../engine/turns.ts'
import { cleanDone, sizeOfArchive } from '../oplog/archive/clean.ts'
import type { SessionTime } from '../oplog/expiry/session-time.ts'
import type { PluginArchive } from '../plugin/plugin-client.ts'
import type { Store } from '../storage/store.ts'

export interface PluginArchiveContext {
  readonly store: Store
  readonly environment: Environment
  readonly session: SessionTime
  /** The joined scopes. */
  readonly scopes: () => readonly string[]
}

/** Scope by scope: a portion of one is in memory at a time. */
export const createPluginArchive = ({
  store,
  environment,
  session,
  scopes,
}: PluginArchiveContext): PluginArchive => {
  const sum = async (ofScope: (scope: string) => Promise<number>): Promise<number> => {
    let all = 0
    for (const scope of scopes()) all += await ofScope(scope)
    return all
  }
  return {
    size: () => sum((scope) => sizeOfArchive({ store, scope, turn: takingTurns(environment) })),
    clean: (cleaning) =>
      sum((scope) => cleanDone({ ...cleaning, store, scope, session, turn: takingTurns(environment) })),
  }
}
