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
}

/** As this device shows it, unless the verdict told of something newer, with its values: some servers leave these to the pull. */
export const serverSide = (
  { serverData, serverDeleted, serverVersion }: ConflictEntry,
  base: BaseRow | undefined,
): ServerSide => {
  const isUntold = serverData === null && !serverDeleted
  if (base !== undefined && (base.version >= serverVersion || isUntold)) {
    const { version, deleted, data } = base
    return { version, deleted, data: deleted ? undefined : data }
  }
  const data = serverDeleted || serverData === null ? undefined : decodeData(serverData)
  return { version: serverVersion, deleted: serverDeleted, data }
}

/** False where the record was deleted since, or came back: what was said of the other state says nothing of this one. */
export const isStillAsked = (shown: Shown, now: Shown): boolean =>
  shown.deleted === now.deleted && (!now.deleted || shown.version === now.version)
