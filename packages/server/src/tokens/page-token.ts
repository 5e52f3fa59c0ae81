import type { RecordAddress, ScopeState } from '../store/contract.ts'
import type { TokenSigner } from './signer.ts'

interface Owner {
  readonly user: string
  readonly scope: string
}

/** How far a reader is in a snapshot. */
export interface SnapshotPlace {
  /** Where the feed stood when the first page was read. */
  readonly start: Pick<ScopeState, 'head' | 'nonce'>
  /** Where it stood when the last page was read. */
  readonly seen: Pick<ScopeState, 'head' | 'nonce'>
  /** The last record that was given. */
  readonly after: RecordAddress
  /** How many records there were when the first page was read; undefined where that is not known. */
  readonly total: number | undefined
}

export const signPageToken = (
  signer: TokenSigner,
  owner: Owner,
  { start, seen, after, total }: SnapshotPlace,
): string =>
  signer.sign({ kind: 'snapshot', ...owner }, [
    start.head,
    start.nonce,
    after.collection,
    after.id,
    seen.head,
    seen.nonce,
    ...(total === undefined ? [] : [total]),
  ])

/** @throws SyncError as `TokenSigner.open` */
export const openPageToken = (signer: TokenSigner, owner: Owner, token: string): SnapshotPlace => {
  const [head, nonce, collection, id, ...later] = signer.open(token, { kind: 'snapshot', ...owner })
  const start = { head: Number(head), nonce: String(nonce) }
  // Tokens of an earlier release end here.
  const [seenHead = start.head, seenNonce = start.nonce, total] = later
  return {
    start,
    seen: { head: Number(seenHead), nonce: String(seenNonce) },
    after: { collection: String(collection), id: String(id) },
    total: total === undefined ? undefined : Number(total),
  }
}
