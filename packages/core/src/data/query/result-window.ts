import { portableEquals } from '../../base/portable.ts'
import type { RecordData } from '../../model/record.ts'
import type { CompiledQuery } from './compile.ts'
import { createOrderedList } from './ordered-list.ts'

/** A record that is in a window, by the key that it is stored under. */
export interface Row {
  readonly key: string
  readonly record: RecordData
}

/** A record's new value; undefined where it is gone. */
export interface RowChange {
  readonly key: string
  readonly record: RecordData | undefined
}

export interface WindowStart {
  /** Matches in any order. */
  readonly rows: readonly Row[]
  /** False: there are more matches, and all of them come behind the first `query.to + slack` of these. */
  readonly isAll: boolean
  /** How many matches are kept in reserve behind those that are shown. */
  readonly slack: number
}

/**
 * Whether there is enough behind the records that are shown. `low`: it should be read anew before it runs out.
 * `short`: some that must be shown are not known.
 */
export type Supply = 'enough' | 'low' | 'short'

/** The result of a query, kept up to date by changes. */
export interface ResultWindow {
  /** True when `value()` is another one than before. The last change of a key in a batch counts. */
  readonly apply: (changes: readonly RowChange[]) => boolean
  /** The same list while nothing in it changed; records that did not change stay the same objects. */
  readonly value: () => readonly RecordData[]
  readonly supply: () => Supply
}

/**
 * Keeps the first matches in order, and some in reserve behind them; without a limit, all. A change costs a binary
 * search and a shift; a large batch costs one pass.
 */
export const createResultWindow = (query: CompiledQuery, start: WindowStart): ResultWindow => {
  const compare = (left: Row, right: Row): number =>
    query.compare(left.record, right.record) || (left.key < right.key ? -1 : left.key > right.key ? 1 : 0)
  const capacity = query.to + start.slack
  const byKey = new Map(start.rows.map((row) => [row.key, row]))
  const list = createOrderedList(compare, start.rows)
  /** Every match up to this one is kept; undefined: every match is. */
  let last: Row | undefined
  let shown: readonly RecordData[] | undefined

  const keepFirst = (count: number): void => {
    for (const { key } of list.cut(count)) byKey.delete(key)
    last = list.at(list.size() - 1)
  }

  if (!start.isAll || list.size() > capacity) keepFirst(capacity)

  const isKept = (row: Row): boolean => last === undefined || compare(row, last) <= 0

  /** What a batch takes out and puts in, once for each key whose value really differs. */
  const difference = (changes: readonly RowChange[]) => {
    const removed: Row[] = []
    const added: Row[] = []
    for (const { key, record } of new Map(changes.map((change) => [change.key, change])).values()) {
      const before = byKey.get(key)
      const match = record !== undefined && query.matches(record) ? { key, record } : undefined
      if (before !== undefined && match !== undefined && portableEquals(before.record, match.record)) continue
      const after = match !== undefined && isKept(match) ? match : undefined
      if (before !== undefined) removed.push(before)
      if (after !== undefined) added.push(after)
      if (after === undefined) byKey.delete(key)
      else byKey.set(key, after)
    }
    return { removed, added }
  }

  const read = (): readonly RecordData[] => list.slice(query.from, query.to).map(({ record }) => record)

  return {
    apply(changes) {
      const { removed, added } = difference(changes)
      if (removed.length + added.length === 0) return false
      const isTouched = list.replace(removed, added) < query.to
      if (list.size() > 2 * capacity) keepFirst(capacity)
      if (!isTouched) return false
      // What moved in and out before the first that is shown may make up for each other.
      const before = query.from === 0 ? undefined : shown
      shown = undefined
      if (before === undefined) return true
      const after = read()
      const isSame =
        after.length === before.length && after.every((record, index) => record === before[index])
      shown = isSame ? before : after
      return !isSame
    },
    value() {
      shown ??= read()
      return shown
    },
    supply() {
      if (last === undefined || list.size() >= query.to + start.slack / 2) return 'enough'
      return list.size() >= query.to ? 'low' : 'short'
    },
  }
}
