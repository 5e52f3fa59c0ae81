import { portableEquals } from '../../base/portable.ts'
import type { RecordData } from '../../model/record.ts'
import type { CompiledQuery } from './compile.ts'
import { createOrderedList } from './ordered-list.ts'

/** A record's new value; undefined where it is gone. */
export interface RecordChange {
  readonly id: string
  readonly record: RecordData | undefined
}

/** The result of a query, kept up to date by changes. */
export interface ResultWindow {
  /** True when `value()` is another one than before. The last change of an id in a batch counts. */
  readonly apply: (changes: readonly RecordChange[]) => boolean
  /** The same list while nothing in it changed; records that did not change stay the same objects. */
  readonly value: () => readonly RecordData[]
  /** How often a record was tested or compared since the window was made: the work done. */
  readonly inspected: number
}

/**
 * Keeps all matches in order and shows the first `limit`. A change costs a binary search and a shift;
 * a large batch costs one pass.
 */
export const createResultWindow = (query: CompiledQuery, initial: Iterable<RecordData>): ResultWindow => {
  let inspected = 0
  const matches = (record: RecordData): boolean => {
    inspected += 1
    return query.matches(record)
  }
  const compare = (left: RecordData, right: RecordData): number => {
    inspected += 1
    return query.compare(left, right)
  }
  const visible = query.limit ?? Number.POSITIVE_INFINITY
  const byId = new Map([...initial].filter(matches).map((record) => [record['id'], record]))
  const list = createOrderedList(compare, byId.values())
  let shown: readonly RecordData[] | undefined

  /** What a batch takes out and puts in, once for each id whose value really differs. */
  const difference = (changes: readonly RecordChange[]) => {
    const removed: RecordData[] = []
    const added: RecordData[] = []
    for (const [id, record] of new Map(changes.map((change) => [change.id, change.record]))) {
      const before = byId.get(id)
      const after = record !== undefined && matches(record) ? record : undefined
      if (portableEquals(before, after)) continue
      if (before !== undefined) removed.push(before)
      if (after !== undefined) added.push(after)
      if (after === undefined) byId.delete(id)
      else byId.set(id, after)
    }
    return { removed, added }
  }

  return {
    apply(changes) {
      const { removed, added } = difference(changes)
      if (removed.length + added.length === 0) return false
      const isVisible = list.replace(removed, added) < visible
      if (isVisible) shown = undefined
      return isVisible
    },
    value() {
      shown ??= list.first(visible)
      return shown
    },
    get inspected() {
      return inspected
    },
  }
}
