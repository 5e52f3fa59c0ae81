import { SyncError, type ResetReason } from '@holdfast/core'
import type { ReadTransaction, ScopeState } from '../store/contract.ts'
import type { TokenSigner } from './signer.ts'

/** How far a reader is in the feed of a scope. */
export interface Position {
  /** Up to here the reader has all there was: it stood here when its last complete pull ended. */
  readonly since: number
  /** It was also given what lay between `since` and here, as it was when read; more pages follow. */
  readonly seq: number
  /** Where the feed stood when the cursor was made. */
  readonly head: number
  readonly nonce: string
  /** The day on which the cursor was made, in milliseconds since 1970; undefined: nobody knows. */
  readonly day?: number | undefined
}

/** Nobody was here before. */
const start: Position = { since: 0, seq: 0, head: 0, nonce: '' }

type FeedState = Pick<ScopeState, 'head' | 'nonce'>

/**
 * A reader that has everything up to where the feed stood at `start`.
 * @param seen where it stood when the reader was last given something: later changes may be among that
 */
export const positionAt = (start: FeedState, seen: FeedState = start): Position => ({
  since: start.head,
  seq: start.head,
  head: seen.head,
  nonce: seen.nonce,
})

interface Owner {
  readonly user: string
  readonly scope: string
}

const dayMs = 86_400_000

/** With the day only: where nothing happened the cursor stays the same, and nobody has to store it again. */
export const signCursor = (
  signer: TokenSigner,
  owner: Owner,
  { since, seq, head, nonce }: Position,
  now: number,
): string => signer.sign({ kind: 'cursor', ...owner }, [since, seq, head, nonce, now - (now % dayMs)])

/** @throws SyncError as `TokenSigner.open` */
export const openCursor = (signer: TokenSigner, owner: Owner, cursor: string): Position => {
  if (cursor === '') return start
  const [since, seq, head, nonce, day] = signer.open(cursor, { kind: 'cursor', ...owner })
  return {
    since: Number(since),
    seq: Number(seq),
    head: Number(head),
    nonce: String(nonce),
    day: day === undefined ? undefined : Number(day),
  }
}

const reset = (reason: ResetReason, message: string): SyncError<'RESET_REQUIRED'> =>
  new SyncError('RESET_REQUIRED', message, { reason })

/**
 * Checks that the feed can go on from this position.
 * @throws SyncError RESET_REQUIRED
 */
export const assertReachable = async (
  tx: Pick<ReadTransaction, 'knows'> & { readonly state: ScopeState },
  position: Position,
): Promise<void> => {
  if (position === start) return
  const { seq, head, nonce, day } = position
  const { prunedTo, prunedBefore } = tx.state
  // First: the nonce of such a position may be forgotten too, which is no lost history.
  if (seq < prunedTo) {
    throw day !== undefined && day + dayMs <= prunedBefore
      ? reset('offline_too_long', 'The server has forgotten what this device missed; start again.')
      : reset('tombstones_pruned', 'Deletions that this device missed are no longer listed; start again.')
  }
  if (head > tx.state.head || !(await tx.knows(head, nonce))) {
    throw reset(
      'epoch_changed',
      'The server lost changes that this device has seen; start from the beginning.',
    )
  }
}
