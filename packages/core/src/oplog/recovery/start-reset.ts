import type { ResetReason } from '../../base/errors.ts'
import type { Store } from '../../storage/store.ts'
import { cursorKey, logKey } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { keepsNumbers } from './kinds.ts'
import { renewCursor } from './unnumber.ts'

/** What began as a device that was away turns out to be a lost history. */
const isWorse = (before: ResetReason, reason: ResetReason): boolean =>
  keepsNumbers(before) && reason === 'epoch_changed'

interface Refusal {
  /** Of the cursor that was refused. */
  readonly cursorRevision: number
  readonly reason: ResetReason
  /** Up to which number the server has decided, where it says. */
  readonly watermark?: number | undefined
}

/**
 * The scope has to be fetched anew: the first step of that. Nothing is sent from here on until it has been, by whichever tab.
 * @returns false where another tab has gone on from there already
 */
export const startReset = (
  store: Store,
  scope: string,
  { cursorRevision, reason, watermark }: Refusal,
): Promise<boolean> =>
  store.update(async (workspace) => {
    const [, cursor] = await workspace.read([{ get: logKey(scope) }, { get: cursorKey(scope) }])
    const head = logHead(workspace, scope)
    const isKnown = head.resetting !== undefined && !isWorse(head.resetting, reason)
    if (isKnown || (cursor?.revision ?? 0) !== cursorRevision) return false
    putLogHead(workspace, scope, { ...head, resetting: reason, decidedTo: watermark })
    renewCursor(workspace, scope)
    return true
  })
