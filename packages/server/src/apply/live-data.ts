import { visibleRecord, type RecordData, type ServerRow } from '@holdfast/core/protocol'

/** The record as app code sees it; undefined where there is none. */
export const liveData = (row: ServerRow | undefined): RecordData | undefined =>
  row === undefined || row.deleted ? undefined : visibleRecord(row.data)
