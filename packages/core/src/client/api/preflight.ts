import { highestRisk, lastAction, preflightScope, type PreflightContext } from '../../engine/preflight.ts'
import type { ScopedRisk } from '../../model/sync-state.ts'
import type { PreflightAction, Risk } from '../../protocol/preflight.ts'
import type { ScopeNames } from '../scope-registry.ts'

/** What sending the queues would meet, as the server foresees it. Nothing was sent or decided. */
export interface Preflight {
  /** The highest of the records' risks. HIGH: somebody will be asked, or something can't be applied. */
  readonly conflictRisk: Risk
  /** Each record that undecided operations change, scope by scope. */
  readonly entities: readonly ScopedRisk[]
  /** What should be done next, as the worst off of the scopes needs it. */
  readonly action: PreflightAction
}

/**
 * Asks about the queues of all joined scopes.
 * @throws SyncError what the transport rejects with
 */
export const preflight = async (
  context: Omit<PreflightContext, 'scope'> & { readonly names: ScopeNames },
  signal: AbortSignal,
): Promise<Preflight> => {
  const all = await Promise.all(
    context.names.names().map(async (scope) => {
      const { entities, action } = await preflightScope({ ...context, scope }, signal)
      return { action, entities: entities.map((entity) => ({ scope, ...entity })) }
    }),
  )
  const entities = all.flatMap((one) => one.entities)
  return {
    conflictRisk: highestRisk(entities),
    entities,
    action: lastAction(all.map(({ action }) => action)),
  }
}
