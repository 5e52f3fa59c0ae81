import { SyncError } from '../../base/errors.ts'
import { queueEntry, type LogHead } from '../../oplog/entries.ts'
import { cursorKey, heldPrefix, logKey, metaKey, queuePrefix, waitingPrefix } from '../../oplog/keys.ts'
import { RecoveryNeeded, toOwned } from '../../oplog/recovery/owner.ts'
import { covers } from '../../oplog/swap.ts'
import type { Decided } from '../../protocol/parts.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { Entry } from '../../storage/contract.ts'
import type { CycleContext } from '../cycle-context.ts'
import { patiently } from '../patiently.ts'
import { onReset } from './on-refused.ts'

/**
 * Asks whether the server still knows what this device knows to be decided: not every loss shows by the cursor. The
 * device's side is read before the server is asked, so a server that lost nothing knows at least that.
 * @throws RecoveryNeeded where it does not
 */
export const noticeLoss = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  const { store, scope, transport } = context
  const [meta, log, cursor, held, waiting] = await store.read([
    { get: metaKey },
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { scan: heldPrefix(scope) },
    { scan: waitingPrefix(scope) },
  ])
  const { head, owner } = toOwned(meta, log)
  const sentInQueue = Math.max(1, head.sent - head.heldSent)
  const [again, queued] = await store.read([
    { get: logKey(scope) },
    { scan: queuePrefix(scope), limit: sentInQueue },
  ])
  if (again?.revision !== log?.revision) return
  const numbersOf = (entries: readonly { readonly value: string }[]): readonly number[] =>
    entries.flatMap(({ value }) => queueEntry.decode(value).clientSeq ?? [])
  const input = { protocol: protocolVersion, clientId: owner, scope, ids: [] }
  const { decided } = await patiently(context, signal, () => transport.resume(input, { signal }))
  signal.throwIfAborted()
  const isForgotten =
    numbersOf(waiting).some((clientSeq) => !covers(decided, clientSeq)) ||
    misses(head, numbersOf([...held, ...queued]), decided)
  if (!isForgotten) return
  // The server may have let this wait for minutes: another tab may have set it right since. Then all is looked at anew.
  const later = await store.get(cursorKey(scope))
  if (later?.revision !== cursor?.revision) throw new RecoveryNeeded(scope)
  await reset(context, cursor)
}

/** True where a number that was given is neither open here nor decided there. */
const misses = (
  { nextClientSeq, abandoned = [] }: LogHead,
  undecided: readonly number[],
  { watermark, above }: Decided,
): boolean => {
  const known = new Set([...undecided, ...above, ...abandoned.map(({ clientSeq }) => clientSeq)])
  for (let clientSeq = watermark + 1; clientSeq < nextClientSeq; clientSeq += 1)
    if (!known.has(clientSeq)) return true
  return false
}

/** @throws RecoveryNeeded */
export const lost = async (context: CycleContext): Promise<never> => {
  return reset(context, await context.store.get(cursorKey(context.scope)))
}

const reset = (context: CycleContext, cursor: Entry | undefined): Promise<never> => {
  const message = 'The server lost decisions that this device has heard of.'
  const error = new SyncError('RESET_REQUIRED', message, { reason: 'epoch_changed' })
  return onReset(context, cursor?.revision ?? 0, error)
}
