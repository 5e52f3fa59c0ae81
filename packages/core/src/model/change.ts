import { decodePortable } from '../base/codec.ts'
import { SyncError, isSyncError } from '../base/errors.ts'
import { portableEquals } from '../base/portable.ts'
import { decodeMove, moveType } from './move-input.ts'
import type { RecordData } from './record.ts'
import type { AnyCollection, AnyOperation } from './schema.ts'
import { namedOperation, validateChanged, validateInput, validatePatch, validateRecord } from './validate.ts'

/** An operation, as far as its effect on its record is concerned. */
export interface Change {
  readonly recordId: string
  readonly type: string
  /** In the portable codec. */
  readonly payload: string
}

/**
 * The record after an operation, by itself: no versions, no conflicts. `undefined` stands for no record.
 * @throws SyncError INVALID (the payload or the result does not fit the schema),
 * DEPENDENCY (there is no record to change), SERVER_OLDER (no such operation here)
 */
export const applyChange = (
  definition: AnyCollection,
  before: RecordData | undefined,
  change: Change,
): RecordData | undefined => {
  switch (change.type) {
    case 'create': {
      const record = validateRecord(definition, decodePortable(change.payload))
      return checkId(record, change.recordId)
    }
    case 'update': {
      const patch = validatePatch(definition, decodePortable(change.payload))
      const record = existing(before)
      return validateChanged(definition, record, { ...record, ...patch })
    }
    case 'delete':
      existing(before)
      return undefined
    case moveType:
      // Here it stays as it is until the move is done.
      decodeMove(change.payload)
      return existing(before)
    default: {
      const named = namedOperation(definition, change.type)
      if (named === undefined) {
        throw new SyncError('SERVER_OLDER', `There is no operation "${change.type}" here yet.`, {
          type: change.type,
        })
      }
      const input = validateInput(named, decodePortable(change.payload))
      const record = existing(before)
      // A copy, so that an `apply` that changes nested values in place changes nobody else's record.
      const after = runApply(named, structuredClone(record), input)
      return checkId(validateChanged(definition, record, after), change.recordId)
    }
  }
}

/** The app's own words stay on this machine: they may quote the record. */
const runApply = (
  named: AnyOperation,
  record: RecordData,
  input: unknown,
): Readonly<Record<string, unknown>> => {
  try {
    return named.apply(record, input)
  } catch (error) {
    if (isSyncError(error)) throw error
    const message = 'The operation could not be applied to this record: its apply threw.'
    throw new SyncError('INVALID', message, { reason: 'apply threw' }, { cause: error })
  }
}

const existing = (before: RecordData | undefined): RecordData => {
  if (before === undefined) {
    throw new SyncError(
      'DEPENDENCY',
      'There is no such record to change: it was not created, or it was deleted.',
      {},
    )
  }
  return before
}

const checkId = (record: RecordData, recordId: string): RecordData => {
  if (record['id'] !== recordId) {
    throw new SyncError('INVALID', `The record's id must be "${recordId}".`, {
      path: 'id',
      reason: 'other id',
    })
  }
  return record
}

/** Fields whose values differ, sorted; a field that only one side has differs. */
export const changedFields = (before: RecordData, after: RecordData): readonly string[] => {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((field) => !portableEquals(before[field], after[field])).sort()
}
