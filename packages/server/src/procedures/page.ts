import type { FeedChange, Page } from '@holdfast/core/protocol'
import type { Limits } from '../limits.ts'
import { toChange } from '../outgoing/change.ts'
import type { ReadTransaction, ScopeState } from '../store/contract.ts'
import type { Position } from '../tokens/cursor.ts'

export interface PageRequest {
  readonly position: Position
  readonly limit: number | undefined
  /** Where the feed stands in this transaction. */
  readonly state: ScopeState
}

const sizeOf = (change: FeedChange): number => 200 + (change.kind === 'deleted' ? 0 : change.data.length)

/** The changes after a position, as many as fit, and the position after them. */
export const readPage = async (
  tx: ReadTransaction,
  { position, limit = Number.NaN, state }: PageRequest,
  limits: Limits,
): Promise<Omit<Page, 'cursor'> & { readonly next: Position }> => {
  const most = Math.min(Number.isNaN(limit) ? limits.page : limit, limits.maxPage)
  const rows = await tx.changesAfter(position.seq, most + 1)
  const changes: FeedChange[] = []
  let bytes = 0
  for (const row of rows.slice(0, most)) {
    const change = toChange(row, position.since)
    bytes += sizeOf(change)
    if (changes.length > 0 && bytes > limits.pageBytes) break
    changes.push(change)
  }
  const hasMore = changes.length < rows.length
  const { head, nonce } = state
  const seq = hasMore ? (changes.at(-1)?.seq ?? position.seq) : head
  const next: Position = { since: hasMore ? position.since : head, seq, head, nonce }
  return { changes, hasMore, head, next }
}
