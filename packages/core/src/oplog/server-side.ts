import type { BaseRow, RecordData } from '../model/record.ts'
import { decodeData, type ConflictEntry } from './entries.ts'

/** What was shown as the server's side of a question. */
export interface Shown {
  readonly version: number
  readonly deleted: boolean
}

export interface ServerSide extends Shown {
  /** Undefined: deleted, or not told yet. */
  readonly data: RecordData | undefined
  /** Who made the disputed change, or deleted the record or brought it back since, and when. */
  readonly updatedBy: string
  readonly updatedAt: number
}

/** As this device shows it, unless the verdict told of something newer, with its values: some servers leave these to the pull. */
export const serverSide = (conflict: ConflictEntry, base: BaseRow | undefined): ServerSide => {
  const { serverData, serverDeleted, serverVersion } = conflict
  const isUntold = serverData === null && !serverDeleted
  if (base !== undefined && (base.version >= serverVersion || isUntold)) {
    const { version, deleted, data } = base
    // A reset leaves nothing to compare with.
    const isOther = serverVersion > 0 && version > serverVersion && deleted !== serverDeleted
    const { updatedBy, updatedAt } = isOther ? base : conflict
    return { version, deleted, data: deleted ? undefined : data, updatedBy, updatedAt }
  }
  const data = serverDeleted || serverData === null ? undefined : decodeData(serverData)
  const { updatedBy, updatedAt } = conflict
  return { version: serverVersion, deleted: serverDeleted, data, updatedBy, updatedAt }
}

/** False where the record was deleted since, or came back: what was said of the other state says nothing of this one. */
export const isStillAsked = (shown: Shown, now: Shown): boolean =>
  shown.deleted === now.deleted && (!now.deleted || shown.version === now.version)
