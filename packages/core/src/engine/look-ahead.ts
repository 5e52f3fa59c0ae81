import { SyncError } from '../base/errors.ts'
import { recordKey } from '../oplog/keys.ts'
import { holdRisky, storeForeseen } from '../oplog/batch/risks.ts'
import { readOwned } from '../oplog/recovery/owner.ts'
import type { EntityRisk } from '../protocol/preflight.ts'
import type { CycleContext } from './cycle-context.ts'
import { planFor } from './look-ahead-policy.ts'
import { addRisk, askPages, highestRisk } from './preflight.ts'
import { pullToHead } from './pull-to-head.ts'

export interface LookedAhead {
  /** What others did has to be shown before anything is sent. */
  readonly pullsFirst: boolean
  /** Why some of it waits, and is asked about again: the server could not foresee it. */
  readonly unforeseen: SyncError | undefined
}

/**
 * Asks what sending the queue would meet, and holds back what has to wait, page by page.
 * @throws SyncError; RecoveryNeeded where the feed can't go on from where the device is
 */
export const lookAhead = async (
  context: CycleContext,
  signal: AbortSignal,
  again = 2,
): Promise<LookedAhead> => {
  const { store, scope, environment, lookAhead: policy, onPhase, tell } = context
  onPhase('preflight')
  const { head } = await readOwned(store, scope)
  const all = new Map<string, EntityRisk>()
  const sent = new Set<string>()
  let pullsFirst = false
  let mustReset = false
  let held = 0
  let unforeseen = 0
  await askPages(context, signal, async ({ operations }, { entities, action }) => {
    mustReset ||= action === 'RESET_REQUIRED'
    if (mustReset) return
    const found = new Map<string, EntityRisk>()
    for (const entity of entities) {
      addRisk(found, entity)
      addRisk(all, entity)
    }
    // One that was sent may be decided already: it goes again as it was, and so do those that build on it.
    for (const operation of operations) if (operation.status !== 'PENDING') sent.add(recordKey(operation))
    const plan = planFor(policy, [...found.values()])
    pullsFirst ||= plan.pullsFirst
    const waiting = plan.last.length + plan.attention.length + plan.unforeseen.length
    if (waiting === 0) return
    held += waiting
    unforeseen += plan.unforeseen.length
    const free = operations.filter((operation) => !sent.has(recordKey(operation)))
    await holdRisky(store, scope, free, plan)
  })
  if (mustReset) {
    await pullToHead(context, signal)
    signal.throwIfAborted()
    // Pages that were fetched before, or another tab, led to a cursor that can go on: it is asked about with that one.
    if (again === 0)
      throw new SyncError('SERVER_FAILED', 'The server asks for a reset, and takes the cursor.', {})
    return { ...(await lookAhead(context, signal, again - 1)), pullsFirst: true }
  }
  const foreseen = { upTo: head.nextLocalSeq - 1, at: environment.clock.now() }
  await storeForeseen(store, scope, unforeseen > 0 ? { ...foreseen, due: 'older' } : foreseen)
  const conflictRisk = highestRisk([...all.values()])
  tell(() => ({ type: 'lookedAhead', scope, conflictRisk, records: all.size, held }))
  return { pullsFirst, unforeseen: unforeseen > 0 ? olderServer() : undefined }
}

const olderServer = (): SyncError =>
  new SyncError('SERVER_OLDER', 'What a newer version of the app wrote waits for a server that knows it.', {})
