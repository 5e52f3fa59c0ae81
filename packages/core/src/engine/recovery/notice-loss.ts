import { SyncError } from '../../base/errors.ts'
import { metaKey, cursorKey, heldPrefix, logKey, queuePrefix, waitingPrefix } from '../../oplog/keys.ts'
import { queueEntry } from '../../oplog/entries.ts'
import { toOwned } from '../../oplog/recovery/owner.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { CycleContext } from '../cycle-context.ts'
import { onReset } from './on-refused.ts'

/** A run has ended, and something that is decided is not part of the head that it showed. */
export const noticeUncovered = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  const [waiting] = await context.store.read([{ scan: waitingPrefix(context.scope), limit: 1 }])
  if (waiting.length > 0) await noticeLoss(context, signal)
}

/**
 * Asks whether the server still knows what this device knows to be decided: not every loss shows by the cursor. The
 * device's side is read before the server is asked, so a server that lost nothing knows at least that.
 * @throws RecoveryNeeded where it does not
 */
export const noticeLoss = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  const { store, scope, transport } = context
  const [meta, log, cursor, held] = await store.read([
    { get: metaKey },
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { scan: heldPrefix(scope) },
  ])
  const { head, owner } = toOwned(meta, log)
  const sentInQueue = head.sent - head.heldSent
  const [queued] =
    sentInQueue === 0 ? [[]] : await store.read([{ scan: queuePrefix(scope), limit: sentInQueue }])
  const isSame = (await store.get(logKey(scope)))?.revision === log?.revision
  const open = new Set([
    ...[...held, ...queued].map(({ value }) => queueEntry.decode(value).clientSeq),
    ...(head.abandoned ?? []).map(({ clientSeq }) => clientSeq),
  ])
  if (!isSame) return
  const { decided } = await transport.resume(
    { protocol: protocolVersion, clientId: owner, scope, ids: [] },
    { signal },
  )
  signal.throwIfAborted()
  const next = decided.watermark + 1
  if (next >= head.nextClientSeq || open.has(next)) return
  const message = 'The server lost decisions that this device has heard of.'
  const error = new SyncError('RESET_REQUIRED', message, { reason: 'epoch_changed' })
  await onReset(context, cursor?.revision ?? 0, error)
}
