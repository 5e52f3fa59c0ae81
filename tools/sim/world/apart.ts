import { withoutRetention } from './retention.ts'
import type { Swarm } from './swarm.ts'

/** What a world must not have together, as nobody could tell then what is right (docs/gaps.md), or set by hand. */
export const keptApart = (drawn: Swarm, where: { readonly hasCopies: boolean }): Swarm => {
  // Two copies of a store may fold the same in two ways; when a field was written is not told by its old name.
  const kept = drawn.copies || drawn.upgrades ? { ...drawn, compaction: 0 } : drawn
  // A database is copied between two transactions, which only the one in memory lends itself to.
  return withoutRetention(where.hasCopies ? kept : { ...kept, restores: false })
}
