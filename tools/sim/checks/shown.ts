import { parseData, type Data } from '../model/values.ts'
import type { LocalRecord } from './mirror.ts'

/** What the app sees of a record, by its stored entry. */
export const shownOf = (record: LocalRecord | undefined): Data | undefined => {
  if (record === undefined) return undefined
  if (record.shown === null) return undefined
  if (record.shown !== undefined) return parseData(record.shown)
  return record.base === undefined || record.base.deleted ? undefined : parseData(record.base.data)
}
