import { applyChange, type Change } from './change.ts'
import { isCreation } from './put.ts'
import { deletedField, type BaseRow, type Patch, type RecordData } from './record.ts'
import type { AnyCollection } from './schema.ts'
import { isRegister } from './typed-fields.ts'

export interface ReplayedChange extends Change {
  readonly baseVersion: number
  /** Fields that it leaves alone: its author has overwritten them since. `$deleted`: the whole record. */
  readonly without?: readonly string[] | undefined
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
  let version = base?.version ?? 0
  // Deltas are never overwritten.
  const overwritten = ({ without = [] }: ReplayedChange): readonly string[] =>
    without.filter((field) => isRegister(definition.fieldTypes, field))
  for (const change of changes) {
    version += 1
    if (change.without?.includes(deletedField) === true) continue
    const revives =
      base?.deleted === true &&
      base.moved !== true &&
      data === undefined &&
      change.baseVersion < base.version &&
      isEdit(change)
    const before = revives && definition.deletes !== 'deleteWins' ? base.data : data
    const after = replayOne(definition, before, change, version)
    if (after === before) continue
    // Where there is no record there is nothing to leave alone.
    data = after === undefined || before === undefined ? after : restore(after, before, overwritten(change))
  }
  return data
}

export const isEdit = (change: Pick<Change, 'type' | 'payload'>): boolean =>
  change.type !== 'delete' && !isCreation(change)

const restore = (after: RecordData, before: RecordData, fields: readonly string[]): RecordData => {
  if (fields.length === 0) return after
  const restored: Record<string, Patch[string]> = { ...after }
  for (const field of fields) {
    const value = before[field]
    if (value === undefined) delete restored[field]
    else restored[field] = value
  }
  return restored
}

/** One more operation on top. One that can't be replayed is skipped: the server decides on it. */
const replayOne = (
  definition: AnyCollection,
  data: RecordData | undefined,
  change: Change,
  version: number,
): RecordData | undefined => {
  try {
    return applyChange(definition, data, change, { version, replaying: true })
  } catch {
    return data
  }
}
