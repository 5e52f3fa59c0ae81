import { portableEquals } from '../base/portable.ts'
import type { RecordData } from '../model/record.ts'
import type { LiveView } from './live.ts'
import type { CompiledQuery } from './query/compile.ts'
import { createResultWindow, type Row, type WindowStart } from './query/result-window.ts'

/** One record, by the keys under which each scope may have it. */
export const createRecordView = (
  keys: readonly string[],
  rows: readonly Row[],
): LiveView<RecordData | undefined> => {
  const records = new Map(rows.map(({ key, record }) => [key, record]))
  const first = (): RecordData | undefined => keys.map((key) => records.get(key)).find(isThere)
  let value = first()
  return {
    apply(changes) {
      for (const change of changes) {
        if (!keys.includes(change.key)) continue
        if (change.record === undefined) records.delete(change.key)
        else records.set(change.key, change.record)
      }
      const before = value
      value = first()
      return !portableEquals(before, value)
    },
    value: () => value,
    supply: () => 'enough',
  }
}

const isThere = (record: RecordData | undefined): boolean => record !== undefined

/** The records that a query shows. */
export const createListView = (query: CompiledQuery, start: WindowStart): LiveView<readonly RecordData[]> =>
  createResultWindow(query, start)

/** How many records match. */
export const createCountView = (
  matches: CompiledQuery['matches'],
  keys: readonly string[],
): LiveView<number> => {
  const matching = new Set(keys)
  return {
    apply(changes) {
      const before = matching.size
      for (const { key, record } of changes) {
        if (record !== undefined && matches(record)) matching.add(key)
        else matching.delete(key)
      }
      return matching.size !== before
    },
    value: () => matching.size,
    supply: () => 'enough',
  }
}
