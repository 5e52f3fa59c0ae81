import { encodePortable } from '../base/codec.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { changedFields } from './change.ts'
import { versionAt, writtenAt, type Candidate, type Decision, type Place } from './decision.ts'
import { lastStranger, nextFieldVersion, unseenFields } from './overlap.ts'
import { isCreation } from './put.ts'
import { deletedField, serverAuthor, type FieldVersion, type RecordData, type ServerRow } from './record.ts'
import { checkRecordSize } from './record-size.ts'

export const reject = (
  code: ErrorCode,
  message: string,
  more: { readonly reason?: string; readonly holder?: string } = {},
): Extract<Decision, { readonly kind: 'refuse' }> => ({
  kind: 'refuse',
  verdict: { kind: 'rejected', code, message, ...more },
})

/** Who made the newest disputed change, and when. */
const disputant = (row: ServerRow, candidate: Candidate, fields: readonly string[]) => {
  const unseen = unseenFields(row, candidate)
  const disputed = unseen.filter((field) => fields.includes(field))
  // Where records are disputed, or deletions, what was changed unseen may be other fields than those.
  const changed = fields.includes(deletedField) || disputed.length === 0 ? unseen : disputed
  const { userId: updatedBy = row.updatedBy, timestamp: updatedAt = row.updatedAt } =
    lastStranger(row, changed, candidate.clientId) ?? {}
  return { updatedBy, updatedAt }
}

export const ask = (row: ServerRow, candidate: Candidate, fields: readonly string[]): Decision => ({
  kind: 'refuse',
  verdict: {
    kind: 'conflict',
    fields: [...fields],
    serverData: encodePortable(row.data),
    serverDeleted: row.deleted,
    serverVersion: row.version,
    ...disputant(row, candidate, fields),
    clientData: candidate.payload,
  },
})

/** The author's device makes it again on the row as it is now. */
export const rebaseOn = (row: ServerRow): Decision => ({
  kind: 'refuse',
  verdict: { kind: 'rebase', serverVersion: row.version, record: encodePortable(row.data) },
})

/** The row after an applied operation; `after` undefined means deleted. Every applied operation raises the version. */
export const write = (
  row: ServerRow | undefined,
  after: RecordData | undefined,
  candidate: Candidate,
  place: Place,
  lost: readonly string[],
): Extract<Decision, { readonly kind: 'write' }> => {
  const version = versionAt(row, place)
  const before = row?.data ?? {}
  const wasDeleted = row?.deleted ?? true
  const deleted = after === undefined
  const data = after ?? before
  if (!deleted) checkRecordSize(data)
  const { clientId, userId } = candidate
  const stamp = { version, clientId, userId, seq: place.seq }

  const fieldVersions: Record<string, FieldVersion> = { ...row?.fieldVersions }
  // A record that is made anew has none of its values from the one that was deleted, though they may be the same.
  const isAnew = wasDeleted && !deleted && (isCreation(candidate) || clientId === serverAuthor)
  const touched = [...new Set([...changedFields(before, data), ...(isAnew ? Object.keys(data) : [])])]
  if (deleted !== wasDeleted && row !== undefined) touched.push(deletedField)
  for (const field of touched) {
    const written = { ...stamp, timestamp: writtenAt(candidate, field) }
    fieldVersions[field] = nextFieldVersion(fieldVersions[field], written)
  }

  const next: ServerRow = {
    collection: candidate.collection,
    id: candidate.recordId,
    version,
    seq: place.seq,
    bornSeq: row === undefined || (wasDeleted && !deleted) ? place.seq : row.bornSeq,
    deleted,
    data,
    fieldVersions,
    updatedAt: place.now,
    updatedBy: candidate.userId,
  }
  const sawAll = row === undefined || unseenFields(row, candidate).length === 0
  const verdict: Verdict =
    sawAll && lost.length === 0 ? { kind: 'applied', version } : { kind: 'merged', version, lost: [...lost] }
  return { kind: 'write', row: next, verdict }
}
