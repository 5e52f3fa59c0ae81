import { partsOf } from '../model/typed.ts'
import { parseData, type Data } from '../model/values.ts'
import type { Journal } from './journal-world.ts'
import type { Effect } from './journal-state.ts'
import { must } from './violation.ts'

/** What a stock comes to by all that was ever done to it, and nothing else. */
interface Sum {
  readonly isThere: boolean
  readonly count: number
  readonly added: ReadonlyMap<string, string>
  readonly removed: ReadonlySet<string>
}

interface StockDeltas {
  readonly count?: number
  readonly tags?: { readonly add: readonly (readonly [string, string])[]; readonly remove: readonly string[] }
}

const nothing: Sum = { isThere: false, count: 0, added: new Map(), removed: new Set() }

const membersOf = ({ added, removed }: Sum): readonly string[] =>
  [...new Set([...added].filter(([tag]) => !removed.has(tag)).map(([, member]) => member))].sort()

const plus = (sum: Sum, { count = 0, tags = { add: [], remove: [] } }: StockDeltas): Sum => ({
  isThere: true,
  count: sum.count + count,
  added: new Map([...sum.added, ...tags.add]),
  removed: new Set([...sum.removed, ...tags.remove]),
})

const after = (sum: Sum, { operation, decision }: Effect): Sum => {
  const { id, type, payload } = operation
  const { verdict } = decision
  switch (type) {
    case 'create':
      return plus(sum.isThere ? sum : nothing, partsOf(payload).deltas)
    case 'update':
    case 'put':
      return plus(sum, partsOf(payload).deltas)
    case 'delete': {
      const isLost = verdict.kind === 'merged' && verdict.lost.includes('$deleted')
      return { ...sum, isThere: isLost }
    }
    default: {
      const isSold = membersOf(sum).includes('sold')
      const tags = { add: isSold ? [] : [[`${id}.0`, 'sold'] as const], remove: [] }
      return plus(sum, { count: -Number(parseData(payload)['by']), tags })
    }
  }
}

/**
 * Counters are the sums of all amounts that were applied, and sets have what was added and not removed: told by the
 * operations that took effect, without the rules by which they did.
 * @throws Violation
 */
export const checkSums = (journal: Journal): void => {
  const sums = new Map<string, Sum>()
  for (const effect of journal.effects()) {
    const { collection, recordId } = effect.operation
    if (collection === 'stocks') sums.set(recordId, after(sums.get(recordId) ?? nothing, effect))
  }
  for (const [id, sum] of sums) {
    const row = journal.rowAt(`stocks/${id}`, journal.head())
    const { count, tags } = (row?.data ?? {}) as Data
    const same =
      row?.deleted === !sum.isThere &&
      count === sum.count &&
      JSON.stringify([...((tags ?? []) as readonly string[])].sort()) === JSON.stringify(membersOf(sum))
    must(
      same,
      'exactly once',
      () =>
        `${id} has ${JSON.stringify({ count, tags })}, must have ${sum.count} and ${membersOf(sum).join()}`,
    )
  }
}
