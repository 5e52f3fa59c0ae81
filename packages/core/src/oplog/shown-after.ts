import { decodePortable } from '../base/codec.ts'
import { SyncError, hasCode } from '../base/errors.ts'
import { applyChange, changedFields } from '../model/change.ts'
import { decodeMove, moveType } from '../model/move-input.ts'
import { movedRecord } from '../model/move.ts'
import { isCreation } from '../model/put.ts'
import { checkScopeIs, checkScopeStays } from '../model/record-scope.ts'
import { checkRecordSize } from '../model/record-size.ts'
import { deletedField, movedField, type RecordData } from '../model/record.ts'
import { isHidden, visibleRecord, writtenFields } from '../model/typed-fields.ts'
import { checkFieldValues } from '../model/value-limits.ts'
import type { RecordEntry } from './entries.ts'
import type { FrozenIntent } from './freeze.ts'
import type { Intent } from './intent.ts'
import type { RecordAddress } from './keys.ts'

/** The record as the app sees it once the write is stored. @throws SyncError NOT_FOUND, INVALID, TOO_LARGE */
export const shownAfter = (
  { shown: before, base, overlay }: RecordEntry,
  intent: FrozenIntent,
): RecordData | undefined => {
  const change = { ...intent, id: intent.operationId }
  const version = (base?.version ?? 0) + overlay + 1
  if (before !== undefined && isCreation(intent)) {
    throw new SyncError('INVALID', `The record "${intent.recordId}" exists already; update it instead.`, {
      path: 'id',
      reason: 'exists',
    })
  }
  try {
    if (intent.type === moveType) return shownBeforeMove(before, intent)
    const shown = applyChange(intent.definition, before, change, { version, replaying: true, limited: true })
    if (shown !== undefined) checkRecordSize(shown)
    if (before !== undefined && shown !== undefined) checkScopeStays(intent.definition, before, shown)
    return shown
  } catch (error) {
    if (hasCode(error, 'MISSING_DEPENDENCY')) throw noPlace(intent, error)
    if (!hasCode(error, 'DEPENDENCY')) throw error
    throw noSuchRecord(intent)
  }
}

/** Only what was made before, and is made again, can have lost what it changes. */
const noPlace = ({ collection, recordId }: RecordAddress, cause: SyncError): SyncError =>
  new SyncError(
    'INVALID',
    `What this changes is no longer there in the record "${recordId}" of ${collection}; make the change again where it is needed.`,
    { reason: 'no place' },
    { cause },
  )

const noSuchRecord = ({ collection, recordId }: RecordAddress): SyncError =>
  new SyncError('NOT_FOUND', `There is no record "${recordId}" in ${collection}.`, { collection, recordId })

/** It stays as it is until it has arrived, but what arrives must fit. */
const shownBeforeMove = (before: RecordData | undefined, intent: FrozenIntent): RecordData | undefined => {
  if (before === undefined) throw noSuchRecord(intent)
  const { to, patch } = decodeMove(intent.payload)
  if (to === intent.scope) {
    throw new SyncError('INVALID', `The record "${intent.recordId}" is in the scope "${to}" already.`, {
      path: 'to',
      reason: 'same scope',
    })
  }
  checkFieldValues(intent.definition, patch)
  checkScopeIs(intent.definition, movedRecord(intent.definition, before, patch), to)
  return before
}

/** An update names what it means to change, even where the value is the same. */
export const fieldsOf = (
  intent: Intent,
  before: RecordData | undefined,
  after: RecordData | undefined,
): readonly string[] => {
  if (intent.type === moveType) return [movedField, ...Object.keys(decodeMove(intent.payload).patch)].sort()
  if (after === undefined) return [deletedField]
  if (before === undefined) return [deletedField, ...Object.keys(visibleRecord(after))].sort()
  if (intent.type === 'update')
    return writtenFields(intent.definition.fieldTypes, decodePortable(intent.payload))
  return changedFields(before, after).filter((field) => !isHidden(field))
}
