import { SyncError } from '@holdfast/core'
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
}

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

export const signCursor = (signer: TokenSigner, owner: Owner, position: Position): string =>
  signer.sign({ kind: 'cursor', ...owner }, [position.since, position.seq, position.head, position.nonce])

/** @throws SyncError as `TokenSigner.open` */
export const openCursor = (signer: TokenSigner, owner: Owner, cursor: string): Position => {
  if (cursor === '') return start
  const [since, seq, head, nonce] = signer.open(cursor, { kind: 'cursor', ...owner })
  return { since: Number(since), seq: Number(seq), head: Number(head), nonce: String(nonce) }
}

const reset = (reason: 'epoch_changed' | 'tombstones_pruned', message: string): SyncError<'RESET_REQUIRED'> =>
  new SyncError('RESET_REQUIRED', message, { reason })

/**
 * Checks that the feed can go on from this position.
 * @throws SyncError RESET_REQUIRED
 */
export const assertReachable = async (
  tx: Pick<ReadTransaction, 'knows'> & { readonly state: ScopeState },
  { seq, head, nonce }: Position,
): Promise<void> => {
  if (head > tx.state.head || !(await tx.knows(head, nonce))) {
    throw reset(
      'epoch_changed',
      'The server lost changes that this device has seen; start from the beginning.',
    )
  }
  if (seq > 0 && seq < tx.state.prunedTo) {
    throw reset('tombstones_pruned', 'Deletions that this device missed are no longer listed; start again.')
  }
}
