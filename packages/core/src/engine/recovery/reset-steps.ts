import { findLost } from '../../oplog/recovery/find-lost.ts'
import { finishReset, type Refetched } from '../../oplog/recovery/finish-reset.ts'
import type { Operation } from '../../model/operation.ts'
import type { ResetReason } from '../../base/errors.ts'
import { backUp } from '../../oplog/backup/write-backup.ts'
import { keepsNumbers } from '../../oplog/recovery/kinds.ts'
import { endShared } from '../../oplog/recovery/end-shared.ts'
import { readOwned, RecoveryNeeded } from '../../oplog/recovery/owner.ts'
import { sweepSome } from '../../oplog/recovery/sweep.ts'
import { unnumber } from '../../oplog/recovery/unnumber.ts'
import { stagePage, type PullPlace } from '../../oplog/staging/stage-page.ts'
import type { ResumeAnswer } from '../../protocol/resume.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { CycleContext } from '../cycle-context.ts'
import { patiently } from '../patiently.ts'
import { noticeLoss } from './notice-loss.ts'

/**
 * Before the first page. After a lost history what was sent gets new numbers, which are not known yet; else the numbers
 * have to tell that nothing was lost.
 * @throws RecoveryNeeded where it was
 */
export const beginRefetch = async (
  context: CycleContext,
  reason: ResetReason,
  signal: AbortSignal,
): Promise<void> => {
  const { store, schema, scope, onPhase } = context
  // Nothing is fetched of it: its run removes it.
  if (reason === 'revoked') throw new RecoveryNeeded(scope)
  onPhase('reset')
  await backUp(context)
  if (!keepsNumbers(reason)) return unnumber(store, scope)
  await noticeLoss(context, signal)
  await endShared(store, schema, scope, (ids) => askFates(context, ids, signal))
}

/** What the server knows of operations, whoever sent them for this user. */
export const askFates = async (
  context: CycleContext,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ResumeAnswer> => {
  const { store, scope, transport } = context
  const { owner } = await readOwned(store, scope)
  const input = { protocol: protocolVersion, clientId: owner, scope, ids: [...ids] }
  const answer = await patiently(context, signal, () => transport.resume(input, { signal }))
  signal.throwIfAborted()
  return answer
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
    const answer = await patiently(context, signal, () => transport.resume(input, { signal }))
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
  { store, schema, scope, environment, hooks, coreParts, tell }: CycleContext,
  newHead: Refetched['newHead'],
  serverTime: number,
): Promise<boolean> => {
  const now = environment.clock.now()
  const { newId } = environment
  const time = { now, clockOffset: serverTime - now }
  const { migration } = coreParts
  const bringUp = migration && ((operation: Operation) => migration.bringUp({ schema, hooks }, operation))
  const result = await finishReset(store, schema, scope, { newHead, newId, bringUp, ...time })
  if (result.kind === 'stale') return false
  const { requeued, flipped: changes, lostForGood: operations } = result
  const { head } = newHead
  tell(() => ({ type: 'swapped', scope, head, changes }))
  tell(() => ({ type: 'resetFinished', scope, head, requeued }))
  if (operations > 0) tell(() => ({ type: 'notSentAgain', scope, operations }))
  return true
}

/** The scope is as the server has it; nothing had to be sent again. */
export const tellReset = ({ scope, tell }: CycleContext, head: number): void =>
  tell(() => ({ type: 'resetFinished', scope, head, requeued: 0 }))
