import type { FeedChange, Page } from '@holdfast/core/protocol'
import type { Limits } from '../limits.ts'
import { toChange } from '../outgoing/change.ts'
import type { Reader } from '../outgoing/reader.ts'
import type { ReadTransaction, ScopeState } from '../store/contract.ts'
import type { Position } from '../tokens/cursor.ts'

export interface PageRequest {
  readonly position: Position
  readonly limit: number | undefined
  readonly reader: Reader
  /** Where the feed stands in this transaction. */
  readonly state: ScopeState
}

const sizeOf = (change: FeedChange): number => 200 + (change.kind === 'deleted' ? 0 : change.data.length)

/** The changes after a position, as many as fit, and the position after them. */
export const readPage = async (
  tx: ReadTransaction,
  { position, limit, state, reader }: PageRequest,
  limits: Limits,
): Promise<Omit<Page, 'cursor'> & { readonly next: Position }> => {
  const most = Math.min(limit ?? limits.page, limits.maxPage)
  const { changes, hasMore } = await collect(tx, { position, reader }, most, limits.pageBytes)
  const { head, nonce } = state
  const seq = hasMore ? (changes.at(-1)?.seq ?? position.seq) : head
  const next: Position = { since: hasMore ? position.since : head, seq, head, nonce }
  return { changes, hasMore, head, next }
}

/** Rows read at once at first; then twice as many. Large records fill a page long before its number of changes. */
const firstChunk = 64

const collect = async (
  tx: ReadTransaction,
  { position, reader }: Pick<PageRequest, 'position' | 'reader'>,
  most: number,
  maxBytes: number,
): Promise<{ readonly changes: FeedChange[]; readonly hasMore: boolean }> => {
  const changes: FeedChange[] = []
  let bytes = 0
  for (let chunk = firstChunk; ; chunk *= 2) {
    // One more than needed, to know whether there is more.
    const wanted = Math.min(chunk, most + 1 - changes.length)
    const rows = await tx.changesAfter(changes.at(-1)?.seq ?? position.seq, wanted)
    for (const row of rows) {
      const change = toChange(row, position.since, reader)
      bytes += sizeOf(change)
      if (changes.length === most || (changes.length > 0 && bytes > maxBytes))
        return { changes, hasMore: true }
      changes.push(change)
    }
    if (rows.length < wanted) return { changes, hasMore: false }
  }
}
