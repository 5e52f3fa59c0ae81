import { applyChange, type Change } from './change.ts'
import type { BaseRow, RecordData } from './record.ts'
import type { AnyCollection } from './schema.ts'

export interface ReplayedChange extends Change {
  readonly baseVersion: number
}

/**
 * What the app sees: the server's record with this device's own undecided operations on top, in the order
 * made. An edit whose author had not seen that the record was deleted shows on the record's last value,
 * as the server would revive it.
 */
export const replay = (
  definition: AnyCollection,
  base: BaseRow | undefined,
  changes: readonly ReplayedChange[],
): RecordData | undefined => {
  let data = base === undefined || base.deleted ? undefined : base.data
  for (const change of changes) {
    const revives =
      base?.deleted === true && data === undefined && change.baseVersion < base.version && isEdit(change)
    data = replayOne(definition, revives && definition.deletes !== 'deleteWins' ? base.data : data, change)
  }
  return data
}

const isEdit = (change: Change): boolean => change.type !== 'create' && change.type !== 'delete'

/** One more operation on top. One that can't be replayed is skipped: the server decides on it. */
export const replayOne = (
  definition: AnyCollection,
  data: RecordData | undefined,
  change: Change,
): RecordData | undefined => {
  try {
    return applyChange(definition, data, change)
  } catch {
    return data
  }
}
