import { SyncError, isSyncError } from '../base/errors.ts'
import { portableEquals } from '../base/portable.ts'
import type { Applying } from './field-type.ts'
import type { RecordData } from './record.ts'
import type { AnyCollection, AnyOperation } from './schema.ts'
import { applyDeltas, isHidden, isRegister, stateOf, toWanted, visibleRecord } from './typed-fields.ts'

/**
 * The record after a named operation, not validated yet. What its `apply` does to a typed field counts as a delta on
 * the record as it is here.
 * @throws SyncError INVALID, or whatever SyncError `apply` throws
 */
export const runNamed = (
  definition: AnyCollection,
  named: AnyOperation,
  record: RecordData,
  input: unknown,
  applying: Applying,
): Readonly<Record<string, unknown>> => {
  const seen = visibleRecord(record)
  // A copy, so that an `apply` that changes nested values in place changes nobody else's record.
  return withDeltas(definition, record, runApply(named, structuredClone(seen), input), applying)
}

/** The record that takes the place of another: what becomes of typed fields counts as deltas. @throws SyncError INVALID */
export const withDeltas = (
  { fieldTypes }: AnyCollection,
  record: RecordData,
  after: Readonly<Record<string, unknown>>,
  applying: Applying,
): Readonly<Record<string, unknown>> => {
  const registers = Object.entries(after).filter(([field]) => isRegister(fieldTypes, field))
  const hidden = Object.entries(record).filter(([field]) => isHidden(field))
  let result: Readonly<Record<string, unknown>> = Object.fromEntries([...registers, ...hidden])
  for (const [field, type] of Object.entries(fieldTypes)) {
    const state = stateOf(type, record, field)
    const member = after[field]
    const wanted = member === undefined ? undefined : toWanted(type, field, member)
    const isSame =
      wanted === undefined || (wanted.kind === 'set' && portableEquals(wanted.value, state.value))
    const maker = { operationId: applying.operationId, baseVersion: applying.version - 1 }
    const delta = isSame ? undefined : type.prepare(state, wanted, maker)
    result = {
      ...result,
      [field]: state.value,
      ...(delta === undefined ? {} : applyDeltas(fieldTypes, record, { [field]: delta }, applying)),
    }
  }
  return result
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
