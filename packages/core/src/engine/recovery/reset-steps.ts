import { findLost } from '../../oplog/recovery/find-lost.ts'
import { finishReset, type Refetched } from '../../oplog/recovery/finish-reset.ts'
import { sweepSome } from '../../oplog/recovery/sweep.ts'
import { unnumber } from '../../oplog/recovery/unnumber.ts'
import { stagePage, type PullPlace } from '../../oplog/staging/stage-page.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { CycleContext } from '../cycle-context.ts'

/** Before the first page: what was sent gets new numbers, which are not known yet. */
export const beginRefetch = async ({ store, scope, onPhase }: CycleContext): Promise<void> => {
  onPhase('reset')
  await unnumber(store, scope)
}

/** All pages of the snapshot are here. False where another tab was faster. */
export const search = async (
  context: CycleContext,
  place: PullPlace,
  cursor: string,
  signal: AbortSignal,
): Promise<boolean> => {
  const { store, scope, transport, onPhase } = context
  onPhase('reset')
  await findLost(store, scope, async (ids) => {
    const input = { protocol: protocolVersion, clientId: place.clientId, scope, ids: [...ids] }
    const answer = await transport.resume(input, { signal })
    signal.throwIfAborted()
    return answer
  })
  const next = { kind: 'sweep', cursor, after: '' } as const
  return (await stagePage(store, scope, place, { changes: [], next })) !== undefined
}

/** One bounded commit. False where another tab was faster. */
export const sweep = (
  { store, scope, pageLimit, onPhase }: CycleContext,
  place: PullPlace,
): Promise<boolean> => {
  onPhase('reset')
  return sweepSome(store, scope, place, pageLimit)
}

/** Shows what was fetched. False where another tab was faster, or something has changed since. */
export const showRefetched = async (
  { store, schema, scope, environment, tell }: CycleContext,
  newHead: Refetched['newHead'],
  serverTime: number,
): Promise<boolean> => {
  const now = environment.clock.now()
  const { newId } = environment
  const time = { now, clockOffset: serverTime - now }
  const result = await finishReset(store, schema, scope, { newHead, newId, ...time })
  if (result.kind === 'stale') return false
  const { requeued, flipped: changes } = result
  const { head } = newHead
  tell(() => ({ type: 'swapped', scope, head, changes }))
  tell(() => ({ type: 'resetFinished', scope, head, requeued }))
  return true
}
