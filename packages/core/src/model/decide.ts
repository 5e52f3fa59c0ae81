import { encodePortable } from '../base/codec.ts'
import { SyncError, isSyncError, reasonOf, type ErrorCode } from '../base/errors.ts'
import { assertPortable } from '../base/portable.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { applyChange, changedFields, type Change } from './change.ts'
import { isOverlapped, nextFieldVersion, unseenFields, type Author } from './overlap.ts'
import { deletedField, type FieldVersion, type Patch, type RecordData, type ServerRow } from './record.ts'
import type { AnyCollection } from './schema.ts'
import type { Resolution, Side, Stamp } from './strategy.ts'
import { namedOperation, validateRecord } from './validate.ts'
import { isNewerVersion } from './version.ts'

/** An operation with everything that judging it needs. */
export interface Candidate extends Change, Author {
  readonly collection: string
  readonly userId: string
  /** Hybrid timestamp, already clamped. */
  readonly timestamp: number
  readonly opVersion: string
}

/** Where the operation would take its place, and the server's time and schema. */
export interface Place {
  readonly seq: number
  readonly now: number
  readonly schemaVersion: string
}

export type Decision =
  /** Applied: the row takes the place of the one before. */
  | { readonly kind: 'write'; readonly row: ServerRow; readonly verdict: Verdict }
  /** Decided without effect. */
  | { readonly kind: 'refuse'; readonly verdict: Verdict }
  /** Not decided: it may fit later. */
  | { readonly kind: 'wait'; readonly code: ErrorCode; readonly message: string }

/**
 * Judges one operation against the server's row. Pure: push, preflight and devices get the same answer
 * from the same input.
 */
export const decide = (
  definition: AnyCollection,
  row: ServerRow | undefined,
  candidate: Candidate,
  place: Place,
): Decision => {
  try {
    return row === undefined
      ? write(undefined, required(applyChange(definition, undefined, candidate)), candidate, place, [])
      : judge(definition, row, candidate, place)
  } catch (error) {
    return refusal(
      candidate,
      place,
      isSyncError(error) ? error : new SyncError('INVALID', reasonOf(error), {}),
    )
  }
}

/**
 * An operation that does not fit is rejected, unless a newer schema wrote it: then it may fit once this
 * server is upgraded, and waits.
 */
export const refusal = (
  written: { readonly opVersion: string },
  place: Place,
  error: SyncError,
): Decision => {
  const misfit = error.code === 'INVALID' || error.code === 'SERVER_OLDER'
  if (misfit && isNewerVersion(written.opVersion, place.schemaVersion)) {
    const message = `Schema ${written.opVersion} wrote this operation; the server has ${place.schemaVersion}.`
    return { kind: 'wait', code: 'SERVER_OLDER', message }
  }
  const code = error.code === 'SERVER_OLDER' ? 'INVALID' : error.code
  return reject(code, error.message)
}

const reject = (code: ErrorCode, message: string): Decision => ({
  kind: 'refuse',
  verdict: { kind: 'rejected', code, message },
})

const required = (after: RecordData | undefined): RecordData => {
  if (after === undefined) {
    throw new SyncError('DEPENDENCY', 'There is no such record to delete: it was never created here.', {})
  }
  return after
}

const judge = (definition: AnyCollection, row: ServerRow, candidate: Candidate, place: Place): Decision => {
  if (candidate.type === 'delete') return judgeDelete(definition, row, candidate, place)
  if (row.deleted && candidate.type !== 'create') {
    // The author saw the deletion (or made it): there is nothing to revive.
    if (!isOverlapped(row, deletedField, candidate)) required(undefined)
    if (definition.deletes === 'ask') return ask(row, candidate, [deletedField])
    if (definition.deletes === 'deleteWins') {
      const lost = changedFields(row.data, applyChange(definition, row.data, candidate) ?? row.data)
      return write(row, undefined, candidate, place, lost)
    }
  }
  const wanted = required(applyChange(definition, row.data, candidate))
  return settle(definition, row, candidate, place, wanted)
}

const judgeDelete = (
  definition: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  place: Place,
): Decision => {
  if (row.deleted) return write(row, undefined, candidate, place, [])
  const unseen = unseenFields(row, candidate)
  if (unseen.length === 0 || definition.deletes === 'deleteWins')
    return write(row, undefined, candidate, place, [])
  if (definition.deletes === 'ask') return ask(row, candidate, [deletedField])
  return write(row, row.data, candidate, place, [deletedField])
}

/** Both sides have a record: finds what is disputed and lets the strategy settle it. */
const settle = (
  definition: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  place: Place,
  wanted: RecordData,
): Decision => {
  const changed = changedFields(row.data, wanted)
  const fields = disputedFields(definition, row, candidate, changed)
  if (fields.length === 0) return write(row, wanted, candidate, place, [])

  const resolution = definition.conflict.resolve({
    collection: candidate.collection,
    recordId: candidate.recordId,
    fields,
    local: localSide(wanted, fields, candidate),
    remote: remoteSide(row, fields),
    baseVersion: candidate.baseVersion,
    serverVersion: row.version,
  })
  switch (resolution.take) {
    case 'ask':
      return ask(row, candidate, resolution.fields)
    case 'reject':
      return reject(resolution.code, 'The conflict strategy refused this operation.')
    case 'local':
    case 'remote':
    case 'merged': {
      const settled = overlay(wanted, row.data, fields, resolution)
      assertPortable(settled)
      const after = validateRecord(definition, settled)
      const lost = changed.filter(
        (field) => changedFields(only(wanted, field), only(after, field)).length > 0,
      )
      return write(row, after, candidate, place, lost)
    }
    default:
      throw new SyncError(
        'INVALID',
        `The conflict strategy "${definition.conflict.name}" gave no answer.`,
        {},
      )
  }
}

const disputedFields = (
  definition: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  changed: readonly string[],
): readonly string[] => {
  if (definition.conflict.detect === 'record') return unseenFields(row, candidate).length > 0 ? changed : []
  const reads = namedOperation(definition, candidate.type)?.reads ?? []
  const concerned = new Set([...changed, ...reads])
  return [...concerned].filter((field) => isOverlapped(row, field, candidate)).sort()
}

const only = (data: RecordData, field: string): RecordData => {
  const value = data[field]
  return value === undefined ? {} : { [field]: value }
}

const overlay = (
  wanted: RecordData,
  server: RecordData,
  fields: readonly string[],
  resolution: Exclude<Resolution, { take: 'ask' | 'reject' }>,
): RecordData => {
  if (resolution.take === 'local') return wanted
  const after: Record<string, Patch[string]> = { ...wanted }
  for (const field of fields) {
    const settled = resolution.take === 'merged' && Object.hasOwn(resolution.patch, field)
    const value = settled ? resolution.patch[field] : server[field]
    if (value === undefined) delete after[field]
    else after[field] = value
  }
  return after
}

const localSide = (wanted: RecordData, fields: readonly string[], candidate: Candidate): Side => {
  const stamp: Stamp = { timestamp: candidate.timestamp, clientId: candidate.clientId }
  return { values: pick(wanted, fields), stamps: Object.fromEntries(fields.map((field) => [field, stamp])) }
}

const remoteSide = (row: ServerRow, fields: readonly string[]): Side => ({
  values: pick(row.data, fields),
  stamps: Object.fromEntries(
    fields.flatMap((field): [string, Stamp][] => {
      const version = row.fieldVersions[field]
      return version === undefined
        ? []
        : [[field, { timestamp: version.timestamp, clientId: version.clientId }]]
    }),
  ),
})

const pick = (data: RecordData, fields: readonly string[]): Patch =>
  Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)))

/** Who made the newest disputed change, and when. */
const disputant = (row: ServerRow, candidate: Candidate, fields: readonly string[]) => {
  const versions = fields.includes(deletedField) ? unseenFields(row, candidate) : fields
  const foreign = versions
    .flatMap((field) => row.fieldVersions[field] ?? [])
    .filter(({ clientId }) => clientId !== candidate.clientId)
    .sort((left, right) => right.version - left.version)
  const newest = foreign[0]
  return newest === undefined
    ? { updatedBy: row.updatedBy, updatedAt: row.updatedAt }
    : { updatedBy: newest.userId, updatedAt: newest.timestamp }
}

const ask = (row: ServerRow, candidate: Candidate, fields: readonly string[]): Decision => ({
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

/** The row after an applied operation; `after` undefined means deleted. Every applied operation raises the version. */
const write = (
  row: ServerRow | undefined,
  after: RecordData | undefined,
  candidate: Candidate,
  place: Place,
  lost: readonly string[],
): Decision => {
  const version = (row?.version ?? 0) + 1
  const before = row?.data ?? {}
  const wasDeleted = row?.deleted ?? true
  const deleted = after === undefined
  const data = after ?? before
  const { clientId, userId, timestamp } = candidate
  const stamp = { version, clientId, userId, timestamp, seq: place.seq }

  const fieldVersions: Record<string, FieldVersion> = { ...row?.fieldVersions }
  const touched = row === undefined ? Object.keys(data) : [...changedFields(before, data)]
  if (deleted !== wasDeleted && row !== undefined) touched.push(deletedField)
  for (const field of touched) fieldVersions[field] = nextFieldVersion(fieldVersions[field], stamp)

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
