import { decodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { changedFields, checkId } from './change.ts'
import { versionAt, type Candidate, type Decision, type Place } from './decision.ts'
import { isMoved } from './move.ts'
import { write } from './outcomes.ts'
import type { RecordData, ServerRow } from './record.ts'
import { withDeltas } from './run-named.ts'
import type { AnyCollection } from './schema.ts'
import { visibleRecord } from './typed-fields.ts'
import { checkInputValue } from './value-limits.ts'
import { namedOperation, validateChanged, validateInput } from './validate.ts'

export interface HalfStart {
  readonly row: ServerRow
  /** As app code sees it; its own copy. */
  readonly record: RecordData
  readonly input: unknown
}

/**
 * What the server half of a named operation starts from: the newest row, whatever the author saw.
 * @throws SyncError MOVED, SERVER_OLDER, INVALID (the input), DEPENDENCY (no such record, or it is deleted)
 */
export const openServerHalf = (
  definition: AnyCollection,
  row: ServerRow | undefined,
  { type, payload }: Pick<Candidate, 'type' | 'payload'>,
): HalfStart => {
  if (row !== undefined && isMoved(row)) throw moved()
  const named = namedOperation(definition, type)
  if (named === undefined) {
    throw new SyncError('SERVER_OLDER', `There is no operation "${type}" here yet.`, { type })
  }
  const sent = decodePortable(payload)
  const input = validateInput(named, sent)
  checkInputValue(named, sent)
  if (row === undefined || row.deleted) {
    const message = 'There is no such record to change: it was not created, or it was deleted.'
    throw new SyncError('DEPENDENCY', message, {})
  }
  return { row, record: structuredClone(visibleRecord(row.data)), input }
}

/**
 * What the half made of the record is its new row; no strategy is asked.
 * @throws SyncError INVALID (it does not fit the schema), TOO_LARGE
 */
export const decideByServer = (
  definition: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  { place, result }: { readonly place: Place; readonly result: Readonly<Record<string, unknown>> },
): Extract<Decision, { readonly kind: 'write' }> =>
  write(row, recordAfter(definition, row.data, { candidate, row, place, data: result }), candidate, place, [])

/** A record that a half changes besides its operation's own; `data` undefined deletes it. */
export interface Replacement {
  readonly definition: AnyCollection
  readonly row: ServerRow | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined
  /** With the collection and the id of this record. */
  readonly candidate: Candidate
  readonly place: Place
}

/**
 * The row after it; undefined where it changes nothing.
 * @throws SyncError INVALID (it does not fit the schema), TOO_LARGE, MOVED
 */
export const replaceRecord = (replacement: Replacement): ServerRow | undefined => {
  const { definition, row, data, candidate, place } = replacement
  if (row !== undefined && isMoved(row)) throw moved()
  const before = row === undefined || row.deleted ? undefined : row.data
  if (data === undefined) {
    return before === undefined ? undefined : write(row, undefined, candidate, place, []).row
  }
  const after = recordAfter(definition, before ?? {}, { candidate, row, place, data })
  if (before !== undefined && changedFields(before, after).length === 0) return undefined
  return write(row, after, candidate, place, []).row
}

const recordAfter = (
  definition: AnyCollection,
  before: RecordData,
  {
    candidate,
    row,
    place,
    data,
  }: Pick<Replacement, 'candidate' | 'row' | 'place'> & { readonly data: object },
): RecordData => {
  const { id: operationId, timestamp, recordId } = candidate
  const applying = { operationId, timestamp, version: versionAt(row, place), replaying: false }
  const after = withDeltas(definition, before, { ...data }, applying)
  return checkId(validateChanged(definition, before, after), recordId)
}

const moved = (): SyncError =>
  new SyncError('MOVED', 'The record went to another scope; change it there.', {})
