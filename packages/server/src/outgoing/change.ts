import { encodePortable, isMoved, type FeedChange, type Patch, type ServerRow } from '@holdfast/core/protocol'
import { editionFor, type Reader } from './reader.ts'

/**
 * A record as the feed gives it to a reader that has everything up to `since`: whole when it is new to the
 * reader or of another schema, else the fields that changed since.
 * @throws SyncError UPGRADE_REQUIRED
 */
export const toChange = (stored: ServerRow, since: number, reader: Reader): FeedChange => {
  const row = reader.visible(stored)
  const head = {
    collection: row.collection,
    id: row.id,
    version: row.version,
    seq: row.seq,
    updatedBy: row.updatedBy,
    updatedAt: row.updatedAt,
  }
  if (row.deleted) return { ...head, kind: 'deleted', ...(isMoved(row) ? { moved: true as const } : {}) }
  const { isWhole, ...edition } = editionFor(reader, row)
  if (isWhole || row.bornSeq > since)
    return { ...head, ...edition, kind: 'record', data: encodePortable(row.data) }
  const { fields, removed } = fieldsSince(row, since)
  return { ...head, kind: 'fields', data: encodePortable(fields), removed: [...removed] }
}

const fieldsSince = (
  { data, fieldVersions }: ServerRow,
  since: number,
): { readonly fields: Patch; readonly removed: readonly string[] } => {
  const fields: Record<string, Patch[string]> = {}
  const removed: string[] = []
  for (const [field, { seq }] of Object.entries(fieldVersions)) {
    if (seq <= since || field.startsWith('$')) continue
    const value = data[field]
    if (value === undefined) removed.push(field)
    else fields[field] = value
  }
  return { fields, removed }
}
