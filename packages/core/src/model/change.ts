import { decodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { pickMembers } from '../base/objects.ts'
import { portableEquals } from '../base/portable.ts'
import { decodeMove, moveType } from './move-input.ts'
import type { Applying } from './field-type.ts'
import { decodePut, putType, unwrittenIn } from './put.ts'
import type { Patch, RecordData } from './record.ts'
import { runNamed } from './run-named.ts'
import type { AnyCollection } from './schema.ts'
import { applyDeltas, splitPayload, statesIn } from './typed-fields.ts'
import { checkFieldValues, checkInputValue, checkMadeValues } from './value-limits.ts'
import { namedOperation, validateChanged, validateInput, validatePatch } from './validate.ts'

/** An operation, as far as its effect on its record is concerned. */
export interface Change {
  /** The operation's. */
  readonly id: string
  readonly recordId: string
  readonly type: string
  /** In the portable codec. */
  readonly payload: string
  /** Hybrid timestamp in milliseconds. */
  readonly timestamp: number
}

export interface ChangePlace {
  /** The version that the record gets by it. */
  readonly version: number
  /** See `Applying`. Default: false. */
  readonly replaying?: boolean
  /** It is new here: what it brings in is held to `valueLimits`. Default: false. */
  readonly limited?: boolean
}

/**
 * The record after an operation, by itself: no conflicts. `undefined` stands for no record.
 * @throws SyncError INVALID (the payload or the result does not fit the schema),
 * DEPENDENCY (there is no record to change), SERVER_OLDER (no such operation here)
 */
export const applyChange = (
  definition: AnyCollection,
  before: RecordData | undefined,
  change: Change,
  { version, replaying = false, limited = false }: ChangePlace,
): RecordData | undefined => {
  const applying = { operationId: change.id, timestamp: change.timestamp, version, replaying }
  switch (change.type) {
    case 'create': {
      const { update, ages } = decodePut(change.payload)
      const { registers, deltas } = splitPayload(definition.fieldTypes, update)
      const unwritten = unwrittenIn(ages)
      const kept = unwritten.length === 0 ? {} : existing(before)
      const written = pickMembers(registers, (field) => !unwritten.includes(field))
      const rest = pickMembers(kept, (field) => unwritten.includes(field))
      const states = statesAfter(definition, before, deltas, applying)
      const record = validateChanged(definition, kept, { ...written, ...rest, ...states })
      if (limited) checkFieldValues(definition, written)
      return checkId(record, change.recordId)
    }
    case 'update':
    case putType: {
      const payload =
        change.type === putType ? decodePut(change.payload).update : decodePortable(change.payload)
      const { registers, deltas } = splitPayload(definition.fieldTypes, payload)
      const patch = validatePatch(definition, registers)
      if (limited) checkFieldValues(definition, patch)
      const record = existing(before)
      const states = statesAfter(definition, record, deltas, applying)
      return validateChanged(definition, record, { ...record, ...patch, ...states })
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
      const sent = decodePortable(change.payload)
      const input = validateInput(named, sent)
      if (limited) checkInputValue(named, sent)
      const record = existing(before)
      const made = runNamed(definition, named, record, input, applying)
      const after = validateChanged(definition, record, made)
      if (limited) checkMadeValues(definition, record, after)
      return checkId(after, change.recordId)
    }
  }
}

/** Also of a record that is created: where there is one already, its typed fields merge like any others. */
const statesAfter = (
  { fieldTypes }: AnyCollection,
  before: RecordData | undefined,
  deltas: Patch,
  applying: Applying,
): RecordData => {
  const states = statesIn(fieldTypes, before)
  return { ...states, ...applyDeltas(fieldTypes, states, deltas, applying) }
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

/** @throws SyncError INVALID */
export const checkId = (record: RecordData, recordId: string): RecordData => {
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
