import type { Observable } from 'rxjs'
import { SyncError } from '../../base/errors.ts'
import type { SyncProgress } from '../../model/progress.ts'
import type { SyncState } from '../../model/sync-state.ts'
import { startLeaving } from '../../oplog/leave-scope.ts'
import { removeScope } from '../../oplog/remove-scope.ts'
import { joinScopes } from '../../oplog/scopes.ts'
import type { Store } from '../../storage/store.ts'
import type { EventStream } from '../event-stream.ts'
import { scopeProblem } from '../scope-name.ts'
import type { ScopeRegistry } from '../scope-registry.ts'

/** What the app may know of one joined scope. The observables end when it is left. */
export interface ScopeStatus {
  readonly scope: string
  readonly state: SyncState
  readonly state$: Observable<SyncState>
  /** False until the scope's first complete pull is shown. */
  readonly ready: boolean
  readonly ready$: Observable<boolean>
  readonly progress$: Observable<SyncProgress | undefined>
}

export interface LeaveOptions {
  /**
   * Drops operations without a verdict, open conflicts and dead letters of the scope. An operation that was sent
   * may have taken effect, or may still. Default false.
   */
  readonly discard?: boolean
}

export interface ScopesApi {
  /** Undefined where the scope is not joined. */
  readonly get: (scope: string) => ScopeStatus | undefined
  /** The joined scopes, in the order joined. */
  readonly list: () => readonly string[]
  readonly list$: () => Observable<readonly string[]>
  /**
   * Syncs the scope from here on, after a restart too. Resolves once that is stored; not once it is pulled, which
   * `get(scope).ready$` tells. A scope that is joined already changes nothing.
   * @throws SyncError INVALID, or a storage code
   */
  readonly join: (scope: string) => Promise<void>
  /**
   * Stops syncing the scope and removes what this device has of it; resolves once it is gone. If the process ends
   * before, the next start goes on. A scope that is not joined changes nothing. A scope that the option `scopes`
   * names is joined again at the next start.
   * @throws SyncError SCOPE_IN_USE while operations, conflicts or dead letters would be lost, unless `discard`
   */
  readonly leave: (scope: string, options?: LeaveOptions) => Promise<void>
}

export interface ScopesApiContext {
  readonly store: Store
  readonly registry: ScopeRegistry
  readonly events: EventStream
}

export const createScopesApi = ({ store, registry, events }: ScopesApiContext): ScopesApi => ({
  get(name) {
    const unit = registry.get(name)
    if (unit === undefined) return undefined
    const { scope, state$, ready$, progress$ } = unit
    return {
      scope,
      state$,
      ready$,
      progress$,
      get state() {
        return unit.state()
      },
      get ready() {
        return unit.isReady()
      },
    }
  },
  list: registry.names,
  list$: () => registry.names$,
  async join(scope) {
    checkName(scope)
    await joinScopes(store, [scope])
  },
  async leave(scope, { discard = false } = {}) {
    checkName(scope)
    const dropped = await startLeaving(store, scope, { discard })
    if (dropped !== undefined && Object.values(dropped).some((count) => count > 0))
      events.tell(() => ({ type: 'discarded', scope, ...dropped }))
    await removeScope(store, scope)
  },
})

const checkName = (scope: unknown): void => {
  const problem = scopeProblem(scope)
  if (problem !== undefined)
    throw new SyncError('INVALID', `scope: it ${problem}.`, { path: 'scope', reason: problem })
}
