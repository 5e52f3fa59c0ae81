import type { BehaviorSubject } from 'rxjs'
import type { SyncProgress } from '../model/progress.ts'
import type { SyncState } from '../model/sync-state.ts'
import type { Transport } from '../transport/contract.ts'
import type { ClientParts } from './client-parts.ts'
import { combineProgress } from './combine-progress.ts'
import { combineScopes } from './combine-scopes.ts'
import { combineStates, isSameState } from './combine-states.ts'
import { createScopeRegistry, type ScopeRegistry } from './scope-registry.ts'
import { createScopeUnit, type ScopeUnit } from './scope-unit.ts'
import { tellConflicts, tellState } from './tell-plugins.ts'

/** The joined scopes, each with an engine of its own, and what is told of all of them as one. */
export interface OpenScopes {
  readonly registry: ScopeRegistry
  readonly state$: BehaviorSubject<SyncState>
  readonly ready$: BehaviorSubject<boolean>
  readonly progress$: BehaviorSubject<SyncProgress | undefined>
}

export const openScopes = (
  { schema, settings, store, hooks, coreParts, session, events, seat }: ClientParts,
  transport: Transport,
  joined: ReadonlyMap<string, boolean>,
): OpenScopes => {
  const { environment, connectivity, metered, retry, pollEvery } = settings
  const { batchLimits, answerMs, lookAhead, pageLimit } = settings
  const openUnit = (scope: string, ready: boolean | undefined): ScopeUnit =>
    createScopeUnit({
      engine: {
        cycle: {
          ...{ scope, store, schema, transport, environment, hooks, coreParts, session },
          ...{ batchLimits, answerMs, lookAhead, pageLimit },
          others: {
            isJoined: (other) => registry.names().includes(other),
            wake: (other) => registry.get(other)?.send({ type: 'wake' }),
          },
          tell: events.tell,
          onConflicts: tellConflicts({ store, schema, hooks, events }, scope),
          onProblem: events.problem,
        },
        retry,
        pollEvery,
        connectivity,
        metered,
      },
      ready,
      events,
    })
  const registry: ScopeRegistry = createScopeRegistry({
    store,
    joined,
    connectivity,
    events,
    open(scope, ready) {
      const unit = openUnit(scope, ready)
      return seat === undefined ? unit : seat.led(unit, connectivity)
    },
  })
  const state$ = combineScopes(registry, {
    pick: (unit) => unit.state$,
    combine: combineStates,
    isSame: isSameState,
  })
  const ready$ = combineScopes(registry, {
    pick: (unit) => unit.ready$,
    combine: (all) => all.every((ready) => ready),
  })
  const progress$ = combineScopes(registry, { pick: (unit) => unit.progress$, combine: combineProgress })
  tellState({ hooks, events }, state$)
  return { registry, state$, ready$, progress$ }
}
