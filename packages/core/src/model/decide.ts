import { SyncError, hasCode, isSyncError } from '../base/errors.ts'
import { applyChange, changedFields } from './change.ts'
import { versionAt, type Candidate, type Decision, type Place } from './decision.ts'
import { joinSettled, settledDeletion } from './dropped.ts'
import { isMoved } from './move.ts'
import { ask, rebaseOn, reject, write } from './outcomes.ts'
import { isOverlapped, unseenFields } from './overlap.ts'
import { isCreation } from './put.ts'
import { deletedField, type RecordData, type ServerRow } from './record.ts'
import type { AnyCollection } from './schema.ts'
import { settle } from './settle.ts'
import { isHidden } from './typed-fields.ts'
import { isNewerVersion } from './version.ts'

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
      ? write(
          undefined,
          required(
            applyChange(definition, undefined, candidate, { version: versionAt(row, place), limited: true }),
          ),
          candidate,
          place,
          [],
        )
      : judge(definition, row, candidate, place)
  } catch (error) {
    if (row !== undefined && hasCode(error, 'MISSING_DEPENDENCY')) return rebaseOn(row)
    return refusal(
      candidate,
      place,
      isSyncError(error)
        ? error
        : new SyncError('INVALID', 'This operation could not be judged.', {}, { cause: error }),
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
  // A newer schema may declare longer values.
  const isUndeclared = hasCode(error, 'TOO_LARGE') && error.details.path !== undefined
  const misfit = error.code === 'INVALID' || error.code === 'SERVER_OLDER' || isUndeclared
  if (misfit && isNewerVersion(written.opVersion, place.schemaVersion)) {
    const message = `Schema ${written.opVersion} wrote this operation; the server has ${place.schemaVersion}.`
    return { kind: 'wait', code: 'SERVER_OLDER', message }
  }
  const code = error.code === 'SERVER_OLDER' ? 'INVALID' : error.code
  return reject(code, error.message, moreOf(error))
}

/** What a rejection says besides its code, of the codes that have more to say. */
const moreOf = (error: SyncError): { readonly reason?: string; readonly holder?: string } => {
  if (hasCode(error, 'REFUSED')) return { reason: error.details.reason }
  const holder = hasCode(error, 'LEASE_LOST') ? error.details.holder : undefined
  return holder === undefined ? {} : { holder }
}

const required = (after: RecordData | undefined): RecordData => {
  if (after === undefined) {
    throw new SyncError('DEPENDENCY', 'There is no such record to delete: it was never created here.', {})
  }
  return after
}

const judge = (definition: AnyCollection, row: ServerRow, candidate: Candidate, place: Place): Decision => {
  const version = row.version + 1
  if (isMoved(row)) return reject('MOVED', 'The record went to another scope; change it there.')
  if (candidate.type === 'delete') return judgeDelete(definition, row, candidate, place)
  if (row.deleted && isCreation(candidate)) {
    return write(
      row,
      required(applyChange(definition, undefined, candidate, { version, limited: true })),
      candidate,
      place,
      [],
    )
  }
  if (row.deleted) {
    // The author saw the deletion (or made it): there is nothing to revive.
    if (!isOverlapped(row, deletedField, candidate)) required(undefined)
    if (definition.deletes === 'ask') return ask(row, candidate, [deletedField])
    if (definition.deletes === 'deleteWins') {
      // All of it is lost, wherever it would have its place.
      const wanted = applyChange(definition, row.data, candidate, { version, replaying: true }) ?? row.data
      const lost = changedFields(row.data, wanted).filter((field) => !isHidden(field))
      const settled = settledDeletion('deleteWins', 'remote', wanted, goneBy(row))
      return { ...write(row, undefined, candidate, place, lost), settled }
    }
  }
  const wanted = required(applyChange(definition, row.data, candidate, { version, limited: true }))
  const decision = settle(definition, row, candidate, place, wanted)
  if (!row.deleted || decision.kind !== 'write') return decision
  const revived = settledDeletion(definition.deletes, 'local', decision.row.data, goneBy(row))
  return { ...decision, settled: joinSettled(revived, decision.settled) }
}

const goneBy = ({ fieldVersions }: ServerRow) => ({
  data: undefined,
  by: fieldVersions[deletedField]?.userId,
})

const thereBy = ({ data, updatedBy }: ServerRow) => ({ data, by: updatedBy })

const judgeDelete = (
  definition: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  place: Place,
): Decision => {
  if (row.deleted) return write(row, undefined, candidate, place, [])
  const unseen = unseenFields(row, candidate)
  if (unseen.length === 0) return write(row, undefined, candidate, place, [])
  switch (definition.deletes) {
    case 'ask':
      return ask(row, candidate, [deletedField])
    case 'deleteWins': {
      const settled = settledDeletion('deleteWins', 'local', undefined, thereBy(row))
      return { ...write(row, undefined, candidate, place, []), settled }
    }
    case 'editWins': {
      const settled = settledDeletion('editWins', 'remote', undefined, thereBy(row))
      return { ...write(row, row.data, candidate, place, [deletedField]), settled }
    }
  }
}
